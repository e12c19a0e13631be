// The entries that the server itself writes into a room's log: Join, Leave, Notice, Removal.
import { encodeBody, frameOf, systemFrame } from '../protocol/frame.ts';
import { Author, type Frame, NoticeCode, type Reason } from '../protocol/gen/kentongan/v1/kentongan.ts';
import type { MemberChange, Proposal, RoomName } from '../roomlog/roomlog.ts';
import { entryId } from './ids.ts';
import { authorOfMember, type Member } from './members.ts';
import type { Ports } from './ports.ts';
import { authorOf, type User } from './user.ts';

/** What such an entry is made with. */
export interface Maker {
  readonly ports: {
    readonly clock: Pick<Ports['clock'], 'now'>;
    readonly crypto: Pick<Ports['crypto'], 'random' | 'sha256'>;
  };
  readonly room: RoomName;
}

/** @param plain the user's words cross a network unencrypted */
export function joinEntry(maker: Maker, user: User, plain: boolean): Proposal {
  const author = authorOf(user, plain);
  const value = { have: undefined, last: 0, mode: 0 } as const;
  const member = { user: user.hash, author: Author.encode(author).finish() };
  return propose(maker, { $case: 'join', value }, author, { op: 'join', member });
}

export function leaveEntry(maker: Maker, member: Member, reason: Reason): Proposal {
  const value = { reason, by: undefined, text: '' };
  const author = authorOfMember(member);
  return propose(maker, { $case: 'leave', value }, author, { op: 'leave', user: member.user });
}

export function announcementEntry(maker: Maker, text: string): Proposal {
  const notice = { code: NoticeCode.ANNOUNCEMENT, args: [text] };
  return propose(maker, { $case: 'system', value: { kind: { $case: 'notice', value: notice } } });
}

/** A Removal, and a Removed in the place of the entry. */
export function removalEntry(maker: Maker, { seq, id }: Pick<Frame, 'seq' | 'id'>): Proposal {
  const removal = propose(maker, {
    $case: 'system',
    value: { kind: { $case: 'removal', value: { of: seq } } },
  });
  const body = encodeBody(systemFrame({ $case: 'removed', value: {} }, { room: maker.room, id }));
  return { ...removal, erases: { seq, body } };
}

function propose(
  { ports: { clock, crypto }, room }: Maker,
  kind: NonNullable<Frame['kind']>,
  author?: Author,
  member?: MemberChange,
): Proposal {
  // Random: an id that somebody can foretell can be taken before.
  const id = entryId(clock.now(), crypto.random);
  const body = encodeBody(frameOf(kind, { room, author, id }));
  return { id, digest: crypto.sha256(id), body, ...(member === undefined ? {} : { member }) };
}
