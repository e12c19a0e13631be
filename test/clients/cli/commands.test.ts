import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { COMMANDS, parseCommand } from '../../../clients/cli/commands.ts';
import { runs } from '../../runs.ts';

describe('a line in the chat', () => {
  test.each([
    ['', { do: 'nothing' }],
    ['   ', { do: 'nothing' }],
    ['halo dunia  ', { do: 'say', text: 'halo dunia' }],
    ['  indented', { do: 'say', text: '  indented' }],
    ['//etc/hosts', { do: 'say', text: '/etc/hosts' }],
    ['/msg bob halo dunia', { do: 'message', name: 'bob', text: 'halo dunia' }],
    ['/MSG @bob  halo', { do: 'message', name: 'bob', text: 'halo' }],
    ['/msg bob', { do: 'message', name: 'bob', text: '' }],
    ['/msg', { do: 'wrong', why: 'needsName' }],
    ['/msg @', { do: 'wrong', why: 'needsName' }],
    ['/who', { do: 'who' }],
    ['/rooms', { do: 'rooms' }],
    ['/join Physics', { do: 'join', room: 'physics' }],
    ['/join @bob', { do: 'message', name: 'bob', text: '' }],
    ['/join', { do: 'wrong', why: 'needsRoom' }],
    ['/join ~x', { do: 'wrong', why: 'room', room: '~x' }],
    ['/leave', { do: 'leave', room: undefined }],
    ['/leave physics', { do: 'leave', room: 'physics' }],
    ['/leave @bob', { do: 'leave', room: '@bob' }],
    ['/history', { do: 'history', count: 20 }],
    ['/history 7', { do: 'history', count: 7 }],
    ['/history 99999', { do: 'history', count: 500 }],
    ['/history all', { do: 'wrong', why: 'badCount' }],
    ['/history 0', { do: 'wrong', why: 'badCount' }],
    ['/quit', { do: 'quit' }],
    ['/help', { do: 'help' }],
    ['/nonsense at all', { do: 'wrong', why: 'unknown' }],
    ['/', { do: 'wrong', why: 'unknown' }],
    ['/msg bob one\ntwo', { do: 'message', name: 'bob', text: 'one\ntwo' }],
  ])('%j', (line, command) => {
    expect(parseCommand(line)).toEqual(command);
  });

  test('always means something', () => {
    fc.assert(
      fc.property(
        fc.constantFrom('', '/', '//', ...COMMANDS),
        fc.string({ unit: 'binary' }),
        (start, rest) => {
          const command = parseCommand(start + rest);
          expect(command.do).toMatch(/^(nothing|say|message|who|rooms|join|leave|history|quit|help|wrong)$/);
        },
      ),
      runs(500),
    );
  });

  test('is known under every command that is completed', () => {
    for (const command of COMMANDS)
      expect(parseCommand(command)).not.toEqual({ do: 'wrong', why: 'unknown' });
  });
});
