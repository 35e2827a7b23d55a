export function ConsoleView() {
  return <h1>Console</h1>;
}
