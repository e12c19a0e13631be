// All rooms as one story: by time, then room, then seq, as chat.log has them.
import type { RoomRun } from '../followers/rebuild.ts';
import type { RoomName, Seq } from '../roomlog/roomlog.ts';
import { entriesOf, type Segment } from '../roomlog/sqlite/segment.ts';
import type { Tables } from '../roomlog/sqlite/tables.ts';
import { Heap } from './heap.ts';
import { pageAt } from './pages.ts';
import type { LogRoom } from './rooms.ts';

/** Rooms whose current segment is kept in memory: 64 KiB each. */
const PAGES_MAX = 256;

interface Waiting {
  readonly room: LogRoom;
  /** The next entry, */
  seq: Seq;
  /** which was stored at this time or later. */
  time: number;
}

interface PageEntry {
  readonly seq: Seq;
  readonly time: number;
  /** Where its bytes end in those of the segment. */
  readonly end: number;
  readonly start: number;
}

interface Loaded {
  readonly segment: Segment;
  readonly entries: readonly PageEntry[];
}

export interface DamagedRange {
  readonly room: RoomName;
  readonly from: Seq;
  readonly to: Seq;
}

/** Entries that can not be read are left out and told of. */
export class Merge {
  readonly #tables: Tables;
  readonly #onDamaged: (range: DamagedRange) => void;
  readonly #waiting = new Heap<Waiting>(isBefore);
  readonly #pages = new Map<LogRoom, Loaded>();

  constructor(tables: Tables, rooms: readonly LogRoom[], onDamaged: (range: DamagedRange) => void) {
    this.#tables = tables;
    this.#onDamaged = onDamaged;
    for (const room of rooms) this.#waiting.push({ room, seq: room.oldest, time: 0 });
  }

  *runs(): Generator<RoomRun> {
    for (let one = this.#waiting.pop(); one !== undefined; one = this.#waiting.pop()) {
      const page = this.#page(one);
      if (page === undefined) continue;
      const at = one.seq - page.segment.first;
      one.time = page.entries[at]?.time ?? one.time;
      const rival = this.#waiting.first;
      if (rival !== undefined && isBefore(rival, one)) this.#waiting.push(one);
      else yield this.#take(one, page, rival);
    }
  }

  /** Entries up to the one that comes behind the rival's next one. */
  #take(one: Waiting, { segment, entries }: Loaded, rival: Waiting | undefined): RoomRun {
    const { room } = one;
    const first = one.seq;
    const start = entries[first - segment.first]?.start ?? 0;
    let end = start;
    const isNext = (): boolean => rival === undefined || isBefore(one, rival);
    do {
      end = entries[one.seq - segment.first]?.end ?? end;
      one.seq++;
      one.time = entries[one.seq - segment.first]?.time ?? one.time;
    } while (one.seq <= segment.last && isNext());
    this.#waiting.push(one);
    const run = { bytes: segment.bytes.subarray(start, end), first, last: one.seq - 1 };
    return { room: room.name, logId: room.logId, run };
  }

  /** The segment of the next entry there is; undefined at the end. */
  #page(one: Waiting): Loaded | undefined {
    const { room } = one;
    const known = this.#pages.get(room);
    if (known !== undefined && one.seq <= known.segment.last) return known;
    this.#pages.delete(room);
    for (;;) {
      const page = pageAt(this.#tables, room, one.seq);
      if (page.status === 'end') return undefined;
      if (page.status === 'segment') return this.#keep(room, page.segment);
      if (page.status === 'damaged') this.#onDamaged({ room: room.name, from: one.seq, to: page.to });
      one.seq = page.status === 'gap' ? page.next : page.to + 1;
    }
  }

  #keep(room: LogRoom, segment: Segment): Loaded {
    const entries: PageEntry[] = [];
    let start = 0;
    for (const { stamp, framed } of entriesOf(segment)) {
      const end = start + framed.length;
      entries.push({ seq: stamp.seq, time: stamp.time, start, end });
      start = end;
    }
    const loaded = { segment, entries };
    const [oldest] = this.#pages.keys();
    if (this.#pages.size >= PAGES_MAX && oldest !== undefined) this.#pages.delete(oldest);
    this.#pages.set(room, loaded);
    return loaded;
  }
}

function isBefore(a: Waiting, b: Waiting): boolean {
  return a.time < b.time || (a.time === b.time && a.room.name < b.room.name);
}
