// `kentongan log rebuild-chatlog`: from the log, while no server writes to either.
import { resolve } from 'node:path';
import { rewriteChatLog } from '../archive/chat-log.ts';
import { existingLogIn, selectRooms, withLog } from '../archive/log-file.ts';
import { isPrivate } from '../archive/rooms.ts';
import { chatLogIn } from '../config/defaults.ts';
import { takeDataDirectory } from '../server/data-directory.ts';
import { StartError } from '../texts/start-error.ts';
import type { Texts } from '../texts/texts.ts';
import type { RebuildRequest } from './log-request.ts';
import { directoryOf, Lines, sayIn, working } from './log-work.ts';

/** @returns the exit code: 1 when entries could not be read */
export async function logRebuild(request: RebuildRequest, texts: Texts): Promise<number> {
  const say = sayIn(texts);
  existingLogIn(directoryOf(request.data));
  const lock = takeDataDirectory(directoryOf(request.data));
  try {
    const path = request.log === undefined ? chatLogIn(lock.path) : resolve(request.log);
    const failed = (reason: string): StartError => new StartError('log.rebuild.failed', { path, reason });
    const { entries, damaged } = await working(say('log.rebuild.progress'), failed, (work) =>
      withLog(existingLogIn(lock.path), async (tables) => {
        const rooms = selectRooms(tables, []).filter(({ name }) => request.private || !isPrivate(name));
        const { discard: discardsOld, private: logsPrivate } = request;
        return await rewriteChatLog(tables, { path, rooms, logsPrivate, discardsOld }, work);
      }),
    );
    for (const range of damaged) process.stderr.write(`${say('log.export.damaged', { ...range })}\n`);
    await new Lines().line(say('log.rebuild.done', { path, entries }));
    return damaged.length === 0 ? 0 : 1;
  } finally {
    lock.release();
  }
}
