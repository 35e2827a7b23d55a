export function RelocationsView() {
  return <h1>Relocations</h1>;
}
