// What `kentongan log …` was asked for.
import type { ExportFormat, Selection } from '../archive/export.ts';

interface InData {
  /** As it was said; the default is another one's to know. */
  readonly data: string | undefined;
}

export interface VerifyRequest extends InData {
  readonly do: 'verify';
  /** All when empty. */
  readonly rooms: readonly string[];
  /** A backup, instead of the data directory. */
  readonly file: string | undefined;
  readonly json: boolean;
}

export interface ExportRequest extends InData {
  readonly do: 'export';
  readonly rooms: readonly string[];
  readonly file: string | undefined;
  readonly selection: Selection;
  readonly format: ExportFormat;
  readonly private: boolean;
}

export interface BackupRequest extends InData {
  readonly do: 'backup';
  readonly file: string;
  readonly replace: boolean;
  readonly damaged: boolean;
}

export interface RestoreRequest extends InData {
  readonly do: 'restore';
  readonly file: string;
  readonly replace: boolean;
  readonly salvage: boolean;
}

export interface EraseRequest extends InData {
  readonly do: 'erase';
  readonly room: string;
  readonly seq: number;
}

export interface RebuildRequest extends InData {
  readonly do: 'rebuild';
  readonly log: string | undefined;
  readonly private: boolean;
  /** The old file is deleted. */
  readonly discard: boolean;
}

export type LogRequest =
  | VerifyRequest
  | ExportRequest
  | BackupRequest
  | RestoreRequest
  | EraseRequest
  | RebuildRequest;
