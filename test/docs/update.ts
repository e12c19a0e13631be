// Makes the marked blocks of the documents anew: node test/docs/update.ts
import { readFileSync, writeFileSync } from 'node:fs';
import { DOCUMENTS, renderBlocks } from './render.ts';
import { readVectors } from './vectors.ts';

const vectors = readVectors();
for (const file of DOCUMENTS) writeFileSync(file, renderBlocks(readFileSync(file, 'utf8'), vectors));
