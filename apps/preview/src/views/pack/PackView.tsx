export function PackView() {
  return <h1>Pack</h1>;
}
