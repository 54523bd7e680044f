/** What `test` and `[` answer, as far as files and strings decide it. */
import type { HostReader } from '../host/host.ts';

/** True, false, or undefined where it cannot be told without running something. */
export function evaluateTest(words: readonly string[], host: HostReader): boolean | undefined {
  const or = words.indexOf('-o');
  if (or > 0) {
    return either(evaluateTest(words.slice(0, or), host), evaluateTest(words.slice(or + 1), host));
  }
  const and = words.indexOf('-a');
  if (and > 0) {
    return both(evaluateTest(words.slice(0, and), host), evaluateTest(words.slice(and + 1), host));
  }
  if (words[0] === '!' && words.length > 1) {
    const inner = evaluateTest(words.slice(1), host);
    return inner === undefined ? undefined : !inner;
  }
  if (words.length === 2) return unary(words[0]!, words[1]!, host);
  if (words.length === 3) return binary(words[0]!, words[1]!, words[2]!);
  // A lone word is true unless it is empty; an unquoted empty variable leaves no word at all.
  return words.length < 2 ? (words[0] ?? '') !== '' : undefined;
}

function unary(operator: string, operand: string, host: HostReader): boolean | undefined {
  switch (operator) {
    case '-z':
      return operand === '';
    case '-n':
      return operand !== '';
    case '-e':
    case '-r':
      return host.stat(operand) !== undefined;
    case '-f':
      return host.stat(operand)?.type === 'file';
    case '-d':
      return host.stat(operand)?.type === 'directory';
    case '-s':
      return (host.stat(operand)?.size ?? 0) > 0;
    case '-x':
      return ((host.stat(operand)?.mode ?? 0) & 0o111) !== 0;
    case '-h':
    case '-L':
      return host.lstat(operand)?.type === 'symlink';
    default:
      return undefined;
  }
}

function binary(left: string, operator: string, right: string): boolean | undefined {
  switch (operator) {
    case '=':
    case '==':
      return left === right;
    case '!=':
      return left !== right;
    case '-eq':
      return Number(left) === Number(right);
    case '-ne':
      return Number(left) !== Number(right);
    default:
      return undefined;
  }
}

function either(left: boolean | undefined, right: boolean | undefined): boolean | undefined {
  if (left === true || right === true) return true;
  return left === false && right === false ? false : undefined;
}

function both(left: boolean | undefined, right: boolean | undefined): boolean | undefined {
  if (left === false || right === false) return false;
  return left === true && right === true ? true : undefined;
}
