// The whole page takes what is dropped on it.
import type { ComponentChildren } from 'preact';
import { useEffect, useState } from 'preact/hooks';
import { failureOf } from '../engine/failure.js';
import { refuse } from '../workspace/files.js';
import { droppedFiles, openChosen } from '../workspace/incoming.js';

export function DropTarget({ children }: { children: ComponentChildren }) {
  const [over, setOver] = useState(false);
  useEffect(() => {
    const carriesFiles = (event: DragEvent) => event.dataTransfer?.types.includes('Files') ?? false;
    const enter = (event: DragEvent) => {
      if (!carriesFiles(event)) return;
      event.preventDefault();
      setOver(true);
    };
    const leave = (event: DragEvent) => {
      // Leaving an element for another one inside the page is none.
      if (event.relatedTarget === null) setOver(false);
    };
    const drop = (event: DragEvent) => {
      if (!carriesFiles(event)) return;
      event.preventDefault();
      setOver(false);
      droppedFiles(event.dataTransfer?.items ?? []).then(openChosen, (error) =>
        refuse('what was dropped', failureOf(error)),
      );
    };
    const listeners = { dragenter: enter, dragover: enter, dragleave: leave, drop };
    for (const [type, listen] of Object.entries(listeners)) addEventListener(type as 'drop', listen);
    return () => {
      for (const [type, listen] of Object.entries(listeners)) removeEventListener(type as 'drop', listen);
    };
  }, []);
  return (
    <>
      {children}
      {over && (
        <div class="drop-here" aria-hidden="true">
          <p>Drop packs, BTFs, objects or folders</p>
        </div>
      )}
    </>
  );
}
