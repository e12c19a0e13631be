// Owns a conversation in a terminal: key presses in, screen out.
import { emitKeypressEvents } from 'node:readline';
import type { ReadStream, WriteStream } from 'node:tty';
import { type Completion, LineEditor } from './editor.ts';
import type { Line } from './line.ts';
import { type Paragraph, remark, type Span } from './paragraph.ts';
import { safeText } from './safe-text.ts';
import { Screen } from './screen.ts';
import type { Display } from './teller.ts';

/** What a terminal asks of whoever uses it. */
export interface TerminalListener {
  /** A line was entered. False: give it back, it stays in the editor. */
  onLine(text: string): boolean;
  onLeave(): void;
  complete(line: Line): Completion;
}

interface KeyPress {
  readonly name?: string;
  readonly ctrl?: boolean;
  readonly meta?: boolean;
}

/** Whether this is a terminal that a line editor works on. */
export function isCapable(
  stdin: NodeJS.ReadStream,
  stdout: NodeJS.WriteStream,
  environment: Readonly<Record<string, string | undefined>>,
): boolean {
  return stdin.isTTY && stdout.isTTY && environment['TERM'] !== 'dumb';
}

export class Terminal implements Display {
  readonly #stdin: ReadStream;
  readonly #screen: Screen;
  readonly #editor: LineEditor;
  readonly #listener: TerminalListener;
  readonly #onKey = (text: string | undefined, key: KeyPress): void => this.#press(text ?? '', key);
  readonly #onExit = (): void => this.close();
  /** The terminal itself is gone, without a signal that says so. */
  readonly #onGone = (): void => this.#listener.onLeave();
  readonly #onContinue = (): void => this.#takeTerminal();
  #prompt: readonly Span[] = [];
  #state: 'shut' | 'open' | 'suspended' = 'shut';

  constructor(stdin: ReadStream, stdout: WriteStream, colour: boolean, listener: TerminalListener) {
    this.#stdin = stdin;
    this.#screen = new Screen(stdout, colour);
    this.#listener = listener;
    this.#editor = new LineEditor((line) => listener.complete(line));
    // Never taken off: an error without a listener would end the process with a stack trace.
    stdin.on('error', this.#onGone);
    stdout.on('error', this.#onGone);
  }

  open(): void {
    emitKeypressEvents(this.#stdin);
    this.#stdin.on('keypress', this.#onKey);
    // Whatever ends the process, the terminal is given back as it was.
    process.on('exit', this.#onExit);
    this.#takeTerminal();
  }

  close(): void {
    if (this.#state === 'shut') return;
    this.#giveTerminal();
    this.#state = 'shut';
    this.#stdin.off('keypress', this.#onKey);
    process.off('exit', this.#onExit);
    this.#stdin.pause();
  }

  print(paragraph: Paragraph): void {
    this.#screen.print(paragraph);
  }

  prompt(prompt: readonly Span[]): void {
    this.#prompt = prompt;
    this.#draw();
  }

  #draw(): void {
    this.#screen.prompt(this.#prompt, this.#editor.line);
  }

  #takeTerminal(): void {
    this.#state = 'open';
    this.#stdin.setRawMode(true);
    this.#stdin.resume();
    this.#screen.open();
    this.#draw();
  }

  #giveTerminal(): void {
    if (this.#state !== 'open') return;
    this.#screen.close();
    this.#stdin.setRawMode(false);
  }

  #press(text: string, key: KeyPress): void {
    const before = this.#editor.line;
    const outcome = this.#editor.press({ text, name: key.name, ctrl: key.ctrl, meta: key.meta });
    switch (outcome.is) {
      case 'changed':
        break;
      case 'entered':
        if (!this.#listener.onLine(outcome.text)) this.#editor.line = before;
        break;
      case 'choices':
        this.print(remark(outcome.candidates.map((candidate) => safeText(candidate.trimEnd())).join('  ')));
        break;
      case 'redraw':
        this.#screen.clear();
        break;
      case 'suspend':
        this.#suspend();
        return;
      case 'leave':
        this.#listener.onLeave();
        return;
    }
    this.#draw();
  }

  /** Ctrl-Z: hands the terminal to the shell until it says `fg`. Windows has no such thing. */
  #suspend(): void {
    if (process.platform === 'win32') return;
    this.#giveTerminal();
    this.#state = 'suspended';
    process.once('SIGCONT', this.#onContinue);
    // The whole group, as the terminal itself would: a launcher may stand between the shell and us.
    process.kill(0, 'SIGTSTP');
  }
}
