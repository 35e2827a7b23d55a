// The Worker that reads files and answers for their types.
import wasm from '@bpfc/core/bpfc_slim_bg.wasm?url';
import { init } from '@bpfc/core/slim';
import { expose } from 'comlink';
import { Engine } from './engine.js';
import { carryFailures } from './failure.js';

carryFailures();
expose(new Engine(init(fetch(wasm))));
