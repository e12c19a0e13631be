// Owns what the readers of one room are told of who is in it: the roster, and who of it is held.
import { PresenceState } from '../protocol/gen/kentongan/v1/kentongan.ts';
import type { Seq } from '../roomlog/roomlog.ts';
import { presenceFrame, rosterFrames } from './answers.ts';
import type { User } from './user.ts';

/** The room, as far as it is told. */
export interface RosterSource {
  readonly name: string;
  readonly ledger: { readonly newest: Seq };
  readonly listeners: number;
  /** Everybody who is in, as encoded Authors. */
  authors(): readonly Uint8Array[];
  /** Those of them whose connection is lost. */
  heldUsers(): readonly User[];
}

/** Many small frames go out as few pieces, each of whole frames. */
const PIECE_BYTES = 16_384;

/**
 * Put together once for everybody until something changes, and then of what is encoded already: when a thousand come
 * back one after the other, each of them gets a roster in which all but a few are the same as before.
 */
export class Roster {
  readonly #source: RosterSource;
  #members: readonly Uint8Array[] | undefined;
  #held: readonly Uint8Array[] | undefined;
  /** What is said of each who was held when it was last asked. */
  #heldFrames: ReadonlyMap<User, Uint8Array> = new Map();

  constructor(source: RosterSource) {
    this.#source = source;
  }

  /** Somebody is a member now, or is none any more; or was lost, or is back. */
  changed(): void {
    this.#members = undefined;
    this.#held = undefined;
  }

  /** The number of listeners is said in every frame. */
  listenersChanged(): void {
    this.changed();
    this.#heldFrames = new Map();
  }

  /** For those who read along: whole frames, the roster's and a Presence for each who is held. */
  frames(): readonly Uint8Array[] {
    this.#members ??= this.answer(0);
    this.#held ??= this.#heldNow();
    return [...this.#members, ...this.#held];
  }

  /** The roster alone. */
  answer(ref: number): readonly Uint8Array[] {
    const { name: room, ledger, listeners } = this.#source;
    return rosterFrames({ ref, room }, { asOf: ledger.newest, members: this.#source.authors(), listeners });
  }

  #heldNow(): readonly Uint8Array[] {
    const { name, listeners } = this.#source;
    const before = this.#heldFrames;
    const frameOf = (user: User): Uint8Array =>
      before.get(user) ??
      presenceFrame(name, { user: user.id, state: PresenceState.HELD, devices: 0, listeners });
    const frames = new Map(this.#source.heldUsers().map((user) => [user, frameOf(user)]));
    this.#heldFrames = frames;
    return inPieces([...frames.values()]);
  }
}

/** The same bytes in few pieces; no frame is cut. */
function inPieces(frames: readonly Uint8Array[]): Uint8Array[] {
  const pieces: Uint8Array[] = [];
  for (let from = 0; from < frames.length; ) {
    let bytes = 0;
    let to = from;
    for (; to < frames.length; to++) {
      const next = frames[to]?.length ?? 0;
      if (to > from && bytes + next > PIECE_BYTES) break;
      bytes += next;
    }
    const piece = new Uint8Array(bytes);
    let at = 0;
    for (const frame of frames.slice(from, to)) {
      piece.set(frame, at);
      at += frame.length;
    }
    pieces.push(piece);
    from = to;
  }
  return pieces;
}
