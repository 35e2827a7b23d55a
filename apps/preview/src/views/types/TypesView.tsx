export function TypesView() {
  return <h1>Types</h1>;
}
