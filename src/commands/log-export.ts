// `kentongan log export`: what was said, for people and programs.
import { exportRoom } from '../archive/export.ts';
import { databaseIn, selectRooms, type Tables, withLog } from '../archive/log-file.ts';
import { isPrivate, type LogRoom } from '../archive/rooms.ts';
import { StartError } from '../texts/start-error.ts';
import type { Texts } from '../texts/texts.ts';
import type { ExportRequest } from './log-request.ts';
import { directoryOf, existingFile, Lines, type Say, sayIn } from './log-work.ts';

/** @returns the exit code: 1 when something could not be read */
export async function logExport(request: ExportRequest, texts: Texts): Promise<number> {
  const say = sayIn(texts);
  const file =
    request.file !== undefined ? existingFile(request.file) : databaseIn(directoryOf(request.data));
  return await withLog(file, async (tables) => {
    const rooms = selectRooms(tables, request.rooms);
    const exported = rooms.filter(({ name }) => request.private || !isPrivate(name));
    for (const { name: room } of request.rooms.length === 0 ? [] : rooms) {
      if (isPrivate(room) && !request.private)
        throw new StartError('log.export.private-room', { room }, 'usage');
    }
    const isWhole = await writeRooms(tables, exported, request, say);
    const count = rooms.length - exported.length;
    if (count > 0) process.stderr.write(`${say('log.export.private-left', { count })}\n`);
    return isWhole ? 0 : 1;
  });
}

async function writeRooms(
  tables: Tables,
  rooms: readonly LogRoom[],
  { selection, format }: ExportRequest,
  say: Say,
): Promise<boolean> {
  const lines = new Lines();
  let isWhole = true;
  for (const room of rooms) {
    for (const piece of exportRoom(tables, room, selection, format)) {
      if ('damaged' in piece) {
        isWhole = false;
        process.stderr.write(`${say('log.export.damaged', piece.damaged)}\n`);
      } else if (!(await lines.write(piece.text))) return isWhole;
    }
  }
  return isWhole;
}
