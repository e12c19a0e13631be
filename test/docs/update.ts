// Makes the marked blocks of docs/protocol.md anew: node test/docs/update.ts
import { readFileSync, writeFileSync } from 'node:fs';
import { renderBlocks } from './render.ts';
import { PROTOCOL_MD } from './spec.ts';
import { readVectors } from './vectors.ts';

writeFileSync(PROTOCOL_MD, renderBlocks(readFileSync(PROTOCOL_MD, 'utf8'), readVectors()));
