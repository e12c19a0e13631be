// What the operator's tools say of a log: it is whole, and all of it comes out.
import type { Book } from './book.ts';
import type { Findings } from './finding.ts';
import { runKentongan } from './server.ts';

interface Line {
  readonly type: string;
  readonly room: string;
  readonly log: string;
  readonly seq: number;
  readonly time: string;
  readonly id: string;
  readonly text?: string;
  readonly replyTo?: number;
}

/** `kentongan log verify` finds nothing, and `kentongan log export` gives every entry. No server runs. */
export async function compareTools(
  tree: string,
  data: string,
  books: readonly Book[],
  findings: Findings,
): Promise<void> {
  const verified = await runKentongan(tree, ['log', 'verify', '--data', data]);
  if (verified.code !== 0)
    findings.add('alarm', `log verify ends with ${verified.code}: ${verified.out}${verified.err}`);
  const words = ['log', 'export', '--data', data, '--format', 'jsonl', '--private'];
  const { code, out, err } = await runKentongan(tree, words);
  if (code !== 0) findings.add('stuck', `log export ends with ${code}: ${err}`);
  const rooms = new Map<string, Line[]>();
  for (const text of out.split('\n').slice(0, -1)) {
    const line = JSON.parse(text) as Line;
    if (rooms.get(line.room)?.push(line) === undefined) rooms.set(line.room, [line]);
  }
  for (const book of books) compareRoom(book, rooms.get(book.room) ?? [], findings);
}

function compareRoom(book: Book, lines: readonly Line[], findings: Findings): void {
  let at = 0;
  for (const { seq, time, id, kind } of book.entries()) {
    const line = lines[at++];
    const said = kind?.$case === 'chat' ? kind.value : undefined;
    const text = said?.content?.$case === 'text' ? said.content.value : undefined;
    const isRight =
      line !== undefined &&
      line.log === book.logId &&
      line.seq === seq &&
      Date.parse(line.time) === time &&
      line.id === Buffer.from(id).toString('hex') &&
      line.type === kind?.$case &&
      line.text === text &&
      (line.replyTo ?? 0) === (said?.replyTo ?? 0);
    if (isRight) continue;
    findings.add('altered', `${book.room} #${seq} is exported as ${JSON.stringify(line)?.slice(0, 200)}`);
    return;
  }
  if (lines.length > at)
    findings.add('foreign', `${book.room}: ${lines.length - at} lines more are exported`);
}
