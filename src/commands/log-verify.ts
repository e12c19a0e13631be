// `kentongan log verify`: is what is stored what was stored?
import { databaseIn, markIn, selectRooms, slotsIn, withLog } from '../archive/log-file.ts';
import { type LogReport, type RoomReport, verifyLog, type VerifyOptions } from '../archive/verify.ts';
import type { Texts } from '../texts/texts.ts';
import type { VerifyRequest } from './log-request.ts';
import {
  directoryOf,
  existingFile,
  diskFailed,
  Lines,
  sizeOf,
  type Say,
  sayIn,
  working,
} from './log-work.ts';

/** @returns the exit code: 1 when anything is damaged */
export async function logVerify(request: VerifyRequest, texts: Texts): Promise<number> {
  const say = sayIn(texts);
  const directory = directoryOf(request.data);
  const file = request.file !== undefined ? existingFile(request.file) : databaseIn(directory);
  const report = await working(say('log.verify.progress'), diskFailed, async (work) =>
    withLog(file, async (tables) => {
      const options: VerifyOptions = {
        ...(request.rooms.length === 0 ? {} : { rooms: selectRooms(tables, request.rooms) }),
        ...(request.file === undefined ? { mark: () => slotsOf(directory) } : {}),
      };
      return await verifyLog(tables, work, options);
    }),
  );
  const lines = new Lines();
  const told = request.json ? [JSON.stringify(report)] : reportLines(report, { file, data: directory }, say);
  await lines.write(`${told.join('\n')}\n`);
  if (request.file === undefined && !request.json) tellMark(directory, say);
  return report.isWhole ? 0 : 1;
}

function slotsOf(directory: string): ReturnType<NonNullable<VerifyOptions['mark']>> {
  const slots = slotsIn(directory);
  return typeof slots === 'string' ? undefined : slots;
}

/** Says that the mark could not be compared with. */
function tellMark(directory: string, say: Say): void {
  const slots = slotsIn(directory);
  const path = markIn(directory);
  if (slots === 'absent') process.stderr.write(`${say('log.verify.no-mark', { path })}\n`);
  if (slots === 'unreadable') process.stderr.write(`${say('log.verify.unreadable-mark', { path })}\n`);
}

function reportLines(report: LogReport, where: { file: string; data: string }, say: Say): string[] {
  const { rooms, integrity } = report;
  const damaged = rooms.filter(({ damages }) => damages.length > 0);
  return [
    ...rooms.flatMap((room) => roomLines(room, say)),
    ...integrity.map((reason) => say('log.verify.database', { reason })),
    report.isWhole
      ? say('log.verify.whole', {
          rooms: rooms.length,
          entries: entriesIn(report),
          size: sizeOf(bytesIn(report)),
        })
      : say('log.verify.advice', { rooms: damaged.length, ...where }),
  ];
}

function roomLines({ room, oldest, newest, damages }: RoomReport, say: Say): string[] {
  if (damages.length > 0) {
    return damages.map(({ from, to, kind }) => {
      const what = say(`log.damage.${kind}`);
      return from === 0
        ? say('log.verify.damage-room', { room, what })
        : say('log.verify.damage', { room, from, to, what });
    });
  }
  return [
    newest < oldest ? say('log.verify.empty', { room }) : say('log.verify.room', { room, oldest, newest }),
  ];
}

export function entriesIn({ rooms }: LogReport): number {
  return rooms.reduce((sum, { oldest, newest }) => sum + newest - oldest + 1, 0);
}

function bytesIn({ rooms }: LogReport): number {
  return rooms.reduce((sum, { bytes }) => sum + bytes, 0);
}
