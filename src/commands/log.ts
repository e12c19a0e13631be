// `kentongan log …`: what can be done with the log of a data directory.
import type { Texts } from '../texts/texts.ts';
import { logBackup, logRestore } from './log-copy.ts';
import { logErase } from './log-erase.ts';
import { logExport } from './log-export.ts';
import { logRebuild } from './log-rebuild.ts';
import type { LogRequest } from './log-request.ts';
import { logVerify } from './log-verify.ts';
import { diskFailed, knownError } from './log-work.ts';

/** @returns the exit code: 0 done, 1 damaged or failed @throws StartError */
export async function runLog(request: LogRequest, texts: Texts): Promise<number> {
  try {
    return await run(request, texts);
  } catch (error) {
    throw knownError(error, diskFailed);
  }
}

async function run(request: LogRequest, texts: Texts): Promise<number> {
  switch (request.do) {
    case 'verify':
      return await logVerify(request, texts);
    case 'export':
      return await logExport(request, texts);
    case 'backup':
      return await logBackup(request, texts);
    case 'restore':
      return await logRestore(request, texts);
    case 'erase':
      return await logErase(request, texts);
    case 'rebuild':
      return await logRebuild(request, texts);
  }
}
