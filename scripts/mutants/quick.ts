/** What `--quick` plants: a few of each kind, each caught in a moment. */
export const QUICK: readonly string[] = [
  '01-splitter-keeps-prefix',
  '07-stamp-varint-boundary',
  '15-resume-skips-one',
  '24-receipt-before-durable',
  '27-line-not-stopped',
  '35-private-room-by-name',
  '43-leave-tried-once',
  '53-window-forgets-what-follows-the-ping',
  '62-sdk-forgets-at-loss',
  '69-chat-log-line-injection',
];
