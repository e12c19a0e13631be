// `kentongan log backup` and `kentongan log restore`.
import { existsSync, rmdirSync, rmSync, statSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { backupLog } from '../archive/backup.ts';
import { databaseIn } from '../archive/log-file.ts';
import { type RestoreReport, restoreLog } from '../archive/restore.ts';
import { takeDataDirectory } from '../server/data-directory.ts';
import { StartError } from '../texts/start-error.ts';
import type { Texts } from '../texts/texts.ts';
import type { BackupRequest, RestoreRequest } from './log-request.ts';
import { entriesIn } from './log-verify.ts';
import { directoryOf, existingFile, Lines, sizeOf, type Say, sayIn, working } from './log-work.ts';

export async function logBackup(request: BackupRequest, texts: Texts): Promise<number> {
  const say = sayIn(texts);
  const to = resolve(request.file);
  const failed = (reason: string): StartError => new StartError('log.backup.failed', { path: to, reason });
  const report = await working(say('log.backup.progress'), failed, (work) =>
    backupLog(
      {
        from: databaseIn(directoryOf(request.data)),
        to,
        mayReplace: request.replace,
        mayBeDamaged: request.damaged,
      },
      work,
    ),
  );
  const values = { path: to, size: sizeOf(statSync(to).size) };
  const done = report.isWhole
    ? say('log.backup.done', { ...values, rooms: report.rooms.length, entries: entriesIn(report) })
    : say('log.backup.done-damaged', values);
  await new Lines().line(done);
  return 0;
}

/** @returns the exit code: 1 when something is lost */
export async function logRestore(request: RestoreRequest, texts: Texts): Promise<number> {
  const say = sayIn(texts);
  // Before anything is made: a directory, for one.
  const file = existingFile(request.file);
  const made = missingOf(directoryOf(request.data));
  const lock = takeDataDirectory(directoryOf(request.data));
  let isDone = false;
  try {
    const failed = (reason: string): StartError =>
      new StartError('log.restore.failed', { path: lock.path, reason });
    const report = await working(say('log.restore.progress'), failed, (work) =>
      restoreLog({ file, directory: lock.path, mayReplace: request.replace, mayLose: request.salvage }, work),
    );
    isDone = true;
    await new Lines().write(`${restoredLines(report, say).join('\n')}\n`);
    return isWhole(report) ? 0 : 1;
  } finally {
    // While it is ours: nobody else has begun to use it.
    if (!isDone && made.length > 0) rmSync(join(lock.path, 'lock'), { force: true });
    lock.release();
    if (!isDone) removeEmpty(made);
  }
}

/** A directory and those around it, as far as they do not exist; the innermost first. */
function missingOf(directory: string): string[] {
  return existsSync(directory) ? [] : [directory, ...missingOf(dirname(directory))];
}

/** Those that somebody else has begun to use stay. */
function removeEmpty(directories: readonly string[]): void {
  try {
    for (const directory of directories) rmdirSync(directory);
  } catch {
    // It is not empty.
  }
}

function isWhole({ rooms, lost, lostTails }: RestoreReport): boolean {
  return lost.length === 0 && lostTails.length === 0 && rooms.every((room) => room.lost.length === 0);
}

function restoredLines({ rooms, lost, lostTails, aside }: RestoreReport, say: Say): string[] {
  return [
    ...rooms.flatMap((restored) => {
      const { room, entries, newest } = restored;
      const gone = restored.lost.map((range) => say('log.restore.room-lost', { room, ...range }));
      return [say('log.restore.room', { room, entries, newest }), ...gone];
    }),
    ...lostTails.map((range) => say('log.restore.tail-lost', range)),
    ...lost.map(({ name: room, newest }) =>
      say(newest === 0 ? 'log.restore.lost' : 'log.restore.lost-room', { room, newest }),
    ),
    ...(aside === undefined ? [] : [say('log.restore.aside', { path: aside })]),
    say('log.restore.done', {
      rooms: rooms.length,
      entries: rooms.reduce((sum, { entries }) => sum + entries, 0),
    }),
  ];
}
