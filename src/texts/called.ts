// How this program is called where it was started: what a text tells people to type must work there.

/** What people type. */
export interface Called {
  /** `kentongan`, or what stands for it: `npx kentongan`. */
  readonly program: string;
  /** ` --data DIR` where the data directory is not the default, else ''. */
  readonly data: string;
}

export const PLAINLY_CALLED: Called = { program: 'kentongan', data: '' };

/** A command in a text of the tables; behind the words in the group `--data` may stand. */
const COMMAND =
  /\bkentongan (?:(serve|status|announce|log [a-z-]+|invite (?:list|revoke)|invite|names release|names)\b|(?=chat\b|tail\b|\{command\}))/g;

/** A text of the tables, before its values come in, for those who call the program like that. */
export function asCalled(template: string, { program, data }: Called): string {
  // Some say themselves which directory they mean.
  const said = template.includes('--data {') ? '' : data;
  return template.replace(COMMAND, (_, words?: string) =>
    words === undefined ? `${program} ` : `${program} ${words}${said}`,
  );
}
