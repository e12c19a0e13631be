// English: what can be wrong with a log, and `kentongan log`.

export const englishLog = {
  // Why a log can not be opened, and what to do: for `serve` and for `log`.
  'log.error.sqlite-too-old':
    'The SQLite {version} of this Node.js can lose what was stored; {least} or newer is needed. Install a newer Node.js.',
  'log.error.absent': 'There is no log: {file} does not exist. Name the data directory with --data.',
  'log.error.denied':
    '{file} can not be read by this user ({reason}). Only the user with the number {owner}, whom it belongs to, and root may read it: run this as one of them, e.g. with sudo.',
  'log.error.empty':
    '{file} is empty: there is no log in it. Give the path of a backup or of a log.db, or name the data directory with --data.',
  'log.error.no-log':
    '{file} is no log, nor a backup of one (or its very beginning is damaged). Give the path of a backup, or of a log.db.',
  'log.error.foreign':
    '{file} belongs to another program. Name the right data directory with --data, or move the file away.',
  'log.error.too-new':
    '{file} was written by a newer Kentongan (its format is {version}; this one knows {known}). Use that one.',
  'log.error.too-old':
    '{file} was written by an older Kentongan (its format is {version}; this one needs {known}). Start a server on its data directory once, which brings it up to date.',
  'log.error.unreadable':
    '{file} is damaged and can not be read ({reason}). Keep a copy of the data directory; then bring a backup back with "kentongan log restore FILE --replace".',
  'log.error.lost':
    '{mark} tells of rooms that {file} does not have: it is empty or gone. Put it back together with its -wal, or bring a backup back with "kentongan log restore FILE --replace".',
  'log.error.mismatch':
    '{file} and {mark} are not of the same log: one of them was put there alone. Put back the one that belongs to it, or make both anew with "kentongan log restore {file} --replace".',
  'log.error.disk': 'The log can not be read or written ({reason}). Look at the disk and its free space.',

  'log.storage.full':
    'The disk of the server is full: nothing was stored. Make space, or lower --reserve, and try again.',
  'log.storage.read-only':
    'The disk of the server failed: nothing is stored until the server is started again. Look at the disk first; "kentongan status" tells more.',
  'log.storage.quarantined':
    'The log of {room} is damaged, so the room is closed. "kentongan log verify" tells what is wrong with it.',

  'log.no-command': 'Say what to do with the log: verify, export, backup, restore, erase or rebuild-chatlog.',
  'log.no-file': '{file} does not exist. Give the path of a backup, or of a log.db.',
  'log.directory': '{file} is a directory. Give the path of a backup, or of a log.db.',
  'log.full': 'The disk of {path} is full; nothing was changed. Make space, or name another place.',
  'log.no-room': 'There is no room {room} in this log. "kentongan log verify" lists its rooms.',
  'log.interrupted': 'Stopped; nothing was changed.',
  'log.bad.seq': '{flag}: "{value}" is no number of an entry. Give one from 1.',
  'log.bad.time':
    '{flag}: "{value}" is no time. Write it like 2026-11-22, 2026-11-22T19:03 or 2026-11-22T12:03:11Z.',
  'log.bad.range': 'Nothing lies between {first} and {last}: the first one has to come first.',
  'log.bad.format': '--format: "{value}" is no format. Give lines or jsonl.',

  'log.verify.progress': 'Verifying',
  'log.verify.room': '{room}: #{oldest} to #{newest}, whole',
  'log.verify.empty': '{room}: nothing is kept, whole',
  'log.verify.damage': '{room}: #{from} to #{to} DAMAGED: {what}',
  'log.verify.damage-room': '{room}: DAMAGED: {what}',
  'log.verify.database': 'The database is DAMAGED: {reason}',
  'log.verify.unreadable-mark': 'The mark {path} can not be read: entries lost at the end would not show.',
  'log.verify.no-mark': 'There is no {path} to compare with: entries lost at the end would not show.',
  'log.verify.whole': 'Whole: {rooms:room|rooms}, {entries:entry|entries}, {size}.',
  'log.verify.advice':
    'Damaged rooms: {rooms}. Bring a backup back with "kentongan log restore FILE --replace --data {data}", or save what is left with "kentongan log restore {file} --data {data} --salvage --replace".',
  'log.damage.head': 'the head of the room is not what was written',
  'log.damage.members': 'the list of its members is not what was written',
  'log.damage.lost': 'entries that had been stored are gone',
  'log.damage.missing': 'entries are missing',
  'log.damage.segment': 'these entries are not what was written',
  'log.damage.chain': 'these entries do not fit those before them',
  'log.damage.ids': 'the index of ids does not fit the entries',
  'log.damage.erased': 'what is kept of erased entries does not fit',
  'log.damage.unreadable': 'the database or the disk can not be read there',

  'log.export.private-room': '{room} is a private room: it is exported with --private alone.',
  'log.export.private-left': 'Private rooms left out: {count}. --private exports them, too.',
  'log.export.damaged': '{room}: #{from} to #{to} are damaged and were left out.',

  'log.backup.progress': 'Copying and verifying',
  'log.backup.exists': '{path} exists already. Give another name, or --replace.',
  'log.backup.inside':
    '{path} lies in the data directory {data}, or is one of its files: a backup there could overwrite the log. Give a path elsewhere, best on another disk.',
  'log.backup.in-use':
    '{path} belongs to a log or a database that is in use: a backup there would destroy it. Give another name.',
  'log.backup.damaged':
    'The log {path} is damaged, so no backup was made. "kentongan log verify" tells where; --damaged makes the backup all the same.',
  'log.backup.done': 'Backup: {path}, {size}; {rooms:room|rooms}, {entries:entry|entries}, verified.',
  'log.backup.done-damaged': 'Backup: {path}, {size}. IT IS DAMAGED, as the log is.',
  'log.backup.failed':
    'The backup {path} can not be written ({reason}). Look at its directory and the free space.',

  'log.restore.progress': 'Verifying and restoring',
  'log.restore.exists': 'There is a log in {path} already. --replace moves it aside; nothing is deleted.',
  'log.restore.damaged':
    '{path} is damaged, so nothing was restored. Take another backup, or save what is left of this one with --salvage.',
  'log.restore.room': '{room}: {entries:entry|entries}, up to #{newest}',
  'log.restore.room-lost': '{room}: #{from} to #{to} are lost; each place says that something was removed',
  'log.restore.tail-lost': '{room}: #{from} to #{to}, the newest ones, are lost',
  'log.restore.lost-room': '{room}: #1 to #{newest} are lost; nothing is left of this room',
  'log.restore.lost': '{room}: nothing is left of this room',
  'log.restore.aside': 'What was there before lies in {path}.',
  'log.restore.done':
    'Restored: {rooms:room|rooms}, {entries:entry|entries}. Every room is a new log: clients begin anew with it, and chat.log is written anew at the next start.',
  'log.restore.failed':
    'The log can not be written to {path} ({reason}). Look at its permissions and the free space.',

  'log.erase.no-entry': 'There is no entry #{seq} in {room}, or it is gone already.',
  'log.erase.not-erasable': '#{seq} in {room} is no message: only what somebody said can be erased.',
  'log.erase.already': '#{seq} in {room} was erased before.',
  'log.erase.refused':
    '{room}, #{seq}: nothing was erased ({reason}). "kentongan log verify" and "kentongan status" tell more.',
  'log.erase.done': 'Erased: #{seq} in {room}. The room is told so by #{removal}.',
  'log.erase.elsewhere':
    'It still stands in chat.log, in its older files and in backups. "kentongan log rebuild-chatlog --discard" writes chat.log anew while no server runs; delete its older files, and make new backups.',

  'log.rebuild.progress': 'Writing',
  'log.rebuild.done': 'Written anew: {path}, {entries:entry|entries}.',
  'log.rebuild.failed': '{path} can not be written ({reason}). Look at its directory and the free space.',

  'help.log-group': 'verify, export, back up, restore the log of a data directory; erase a message',
  'help.log.verify': 'read the whole log, or a backup, and say whether it is what was stored',
  'help.log.export': 'print what was said',
  'help.log.backup': 'copy the log into one file, also while a server runs',
  'help.log.restore': 'make the log of a data directory from a backup',
  'help.log.erase': 'erase what one message says, for everybody and for ever',
  'help.log.rebuild': 'write chat.log anew from the log, while no server runs',
  'help.log.room': 'one room alone; may be given again',
  'help.log.file': 'a backup, instead of the data directory',
  'help.log.json': 'print one JSON object',
  'help.log.from': 'number of the first entry',
  'help.log.to': 'number of the last entry',
  'help.log.since': 'not what was said before: 2026-11-22, 2026-11-22T19:03 (local), 2026-11-22T12:03:11Z',
  'help.log.until': 'only what was said before',
  'help.log.format': 'lines, as in chat.log, or jsonl, as of "kentongan tail --json" (default: lines)',
  'help.log.private': 'private rooms, too',
  'help.log.backup-file': 'the file to make',
  'help.log.backup-replace': 'replace a file of that name',
  'help.log.backup-damaged': 'make a backup of a damaged log, too',
  'help.log.restore-file': 'a backup, or a log.db',
  'help.log.restore-replace': 'move the log that is there aside',
  'help.log.salvage': 'restore what is left of a damaged log; what is lost is told',
  'help.log.erase-room': 'the room',
  'help.log.seq': 'the number of the message in its room',
  'help.log.discard': 'delete the old file; otherwise it becomes chat.log.1',
  'help.log.chat-log': 'the file to write (default: chat.log in the data directory)',
  'help.example.log-verify': 'also while a server runs',
  'help.example.log-verify-file': 'a backup',
  'help.example.log-export': 'all public rooms, as in chat.log',
  'help.example.log-export-json': 'for programs',
  'help.example.log-backup': 'also while a server runs',
  'help.example.log-restore': 'the log that is there is moved aside',
  'help.example.log-salvage': 'what is left of a damaged log',
  'help.example.log-erase': 'the entry #17 of the lobby',
} as const;
