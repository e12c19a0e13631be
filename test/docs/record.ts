// Records sessions.json anew on the real server: node test/docs/record.ts
import { writeFileSync } from 'node:fs';
import { recordSessions } from './scenarios.ts';

const file = new URL('../vectors/sessions.json', import.meta.url);
writeFileSync(file, `${JSON.stringify(recordSessions(), null, 2)}\n`);
