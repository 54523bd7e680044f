import { expect, it } from 'vitest';
import { renderTemplate } from '../../src/edit/template.ts';

it('puts values in as they are', () => {
  const text = 'smtpd_milters = {{spec}}\n# $1 {{spec}}{{b}}\n';
  expect(renderTemplate(text, { spec: '$& {{b}}', b: '' }, 't')).toBe(
    'smtpd_milters = $& {{b}}\n# $1 $& {{b}}\n',
  );
});

it('leaves single braces, which main.cf uses', () => {
  const text = 'm = {auth_type} ${x} { inet:a, b=c }\n';
  expect(renderTemplate(text, {}, 't')).toBe(text);
});

it.each([
  ['a\nb = {{what}}\n', {}, 'etc/x:2: unknown name {{what}}'],
  ['a = {{toString}}\n', {}, 'etc/x:1: unknown name {{toString}}'],
  ['a = {{ b }}\n', { b: '1' }, 'etc/x:1: unknown name {{ b }}'],
  ['a\n', { b: '1', c: '2' }, 'etc/x: unused: b, c'],
  ['a = {{b}\n', {}, 'etc/x:1: "{{" or "}}" alone'],
  ['a = {{b}}\n', { b: 'x\ny = z' }, 'etc/x:1: the value of {{b}} holds a line end'],
])('refuses %j', (text, values, message) => {
  expect(() => renderTemplate(text, values, 'etc/x')).toThrow(message);
});
