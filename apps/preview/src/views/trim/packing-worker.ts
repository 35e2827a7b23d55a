// The Worker that packs; it starts Workers that trim.
import { expose } from 'comlink';
import { carryFailures } from '../../engine/failure.js';
import { startWholeCore } from '../../engine/whole-core.js';
import { Packer } from './packer.js';

carryFailures();
expose(new Packer(startWholeCore()));
