export function TrimView() {
  return <h1>Trim</h1>;
}
