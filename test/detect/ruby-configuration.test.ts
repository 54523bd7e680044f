/** The C milter-manager's configuration is a Ruby program: its plain settings are read, the rest is named. */
import { expect, describe, it } from 'vitest';
import { readRubyConfiguration } from '../../src/predecessor/configuration.ts';
import { hostOf } from './host-of.ts';

const MAIN = '/etc/milter-manager/milter-manager.conf';
const LOCAL = '/etc/milter-manager/milter-manager.local.conf';

const read = (text: string, more: Readonly<Record<string, string>> = {}) =>
  readRubyConfiguration(hostOf({ [MAIN]: text, ...more }), '/etc/milter-manager');
/** Every setting as `name = value at line`. */
const settings = (text: string) =>
  read(text).settings.map(({ name, value, source }) => [name, value, Number(source.split(':')[1])]);
const notUnderstood = (text: string) =>
  read(text).notUnderstood.map(({ where, text: there }) => [Number(where.split(':')[1]), there]);

describe('plain settings', () => {
  it('are strings, numbers, booleans, nil and lists', () => {
    expect(
      settings(`# a comment
manager.connection_spec = "unix:/var/run/milter-manager/milter-manager.sock" # here
manager.unix_socket_mode = 0660
manager.max_connections = 1_000
manager.daemon = true
manager.pid_file = nil
log.level = 'default|info'
log.path = %q(/var/log/mm.log)
x.list = ["a", 'b']; x.words = %w[c d]
x.minus = -1.5
`),
    ).toEqual([
      ['manager.connection_spec', 'unix:/var/run/milter-manager/milter-manager.sock', 2],
      ['manager.unix_socket_mode', 0o660, 3],
      ['manager.max_connections', 1000, 4],
      ['manager.daemon', true, 5],
      ['manager.pid_file', null, 6],
      ['log.level', 'default|info', 7],
      ['log.path', '/var/log/mm.log', 8],
      ['x.list', ['a', 'b'], 9],
      ['x.words', ['c', 'd'], 9],
      ['x.minus', -1.5, 10],
    ]);
  });

  it('may go on over lines, and stand between what is none', () => {
    expect(
      settings(
        '=begin\nmanager.a = 1\n=end\nmanager.b =\n  2\nx.list = ["a",\n  "b"]\n__END__\nm.c = 3\n',
      ),
    ).toEqual([
      ['manager.b', 2, 4],
      ['x.list', ['a', 'b'], 6],
    ]);
  });

  it('keep a "#" and an escape in a string', () => {
    expect(settings('a.b = "x # \\"y\\"\\n"\na.c = \'#{z}\'\n')).toEqual([
      ['a.b', 'x # "y"\n', 1],
      ['a.c', '#{z}', 2],
    ]);
  });
});

describe('milters', () => {
  it('are read from their blocks, with do and with braces', () => {
    const { milters, notUnderstood: rest } = read(`
define_milter("filter") do |milter|
  milter.connection_spec = "inet:10025@localhost"
  milter.enabled = false
  milter.fallback_status = "temporary-failure"
  milter.end_of_message_timeout = 60.5
  milter.add_applicable_condition("S25R")
  milter.add_applicable_condition "Remote Network"
end
define_milter("two") { |m| m.connection_spec = "unix:/run/two.sock" }
define_milter "filter" do |m|
  m.enabled = true
end
`);
    expect(rest).toEqual([]);
    expect(milters.map(({ name, source }) => [name, source])).toEqual([
      ['filter', `${MAIN}:2`],
      ['two', `${MAIN}:10`],
    ]);
    expect(milters[0]!.settings.map(({ name, value }) => [name, value])).toEqual([
      ['connection_spec', 'inet:10025@localhost'],
      ['enabled', false],
      ['fallback_status', 'temporary-failure'],
      ['end_of_message_timeout', 60.5],
      ['enabled', true],
    ]);
    expect(milters[0]!.added.map(({ value }) => value)).toEqual(['S25R', 'Remote Network']);
  });

  it('may be removed', () => {
    expect(read('remove_milter("clamav-milter")\n').removed[0]).toEqual({
      name: 'remove_milter',
      value: 'clamav-milter',
      source: `${MAIN}:1`,
    });
  });
});

describe('lists that grow by calls', () => {
  it('keep their values, regular expressions as such', () => {
    const { additions, notUnderstood: rest } = read(`
remote_network.add_local_address("192.0.2.0/24")
s25r.add_whitelist(/\\.example\\.org\\z/i)
s25r.add_whitelist "mail.example.net"
trust.clear
`);
    expect(rest).toEqual([]);
    expect(additions.map(({ name, value }) => [name, value])).toEqual([
      ['remote_network.add_local_address', '192.0.2.0/24'],
      ['s25r.add_whitelist', { source: '\\.example\\.org\\z', flags: 'i' }],
      ['s25r.add_whitelist', 'mail.example.net'],
      ['trust.clear', true],
    ]);
  });
});

describe('files', () => {
  it('are followed in the order in which they are loaded', () => {
    const { settings: all, files } = read(
      `load("applicable-conditions/*.conf")\nload_default\nload_if_exist("conf.d/*.conf")
load_if_exist("defaults/#{package.platform}.conf")\nload_if_exist("milter-manager.local.conf")\n`,
      {
        '/etc/milter-manager/applicable-conditions/s25r.conf': 'require "x"\n',
        '/etc/milter-manager/conf.d/b.conf': 'manager.n_workers = 2\n',
        '/etc/milter-manager/conf.d/a.conf': 'manager.n_workers = 1\n',
        '/etc/milter-manager/conf.d/c.txt': 'manager.n_workers = 9\n',
        [LOCAL]: 'load("milter-manager.conf")\nmanager.n_workers = 3\n',
      },
    );
    expect(all.map(({ value, source }) => [value, source])).toEqual([
      [1, '/etc/milter-manager/conf.d/a.conf:1'],
      [2, '/etc/milter-manager/conf.d/b.conf:1'],
      [3, `${LOCAL}:2`],
    ]);
    expect(files).toHaveLength(4);
  });

  it('that are missing are named where the program would stop', () => {
    expect(notUnderstood('load("mine.conf")\nload_if_exist("other.conf")\n')).toEqual([
      [1, 'there is no /etc/milter-manager/mine.conf'],
    ]);
  });
});

describe('what is more than a setting', () => {
  it.each([
    'manager.connection_spec = "unix:#{ENV["DIR"]}/sock"',
    'manager.n_workers = 2 if ENV["BIG"]',
    'manager.n_workers = 1 + 1',
    'manager.n_workers ||= 2',
    'manager.pid_file = `hostname`',
    'manager.pid_file = directory + "/pid"',
    'require "socket"',
    'x = 1',
    'mine.call(1)',
    'define_milter(name) { |m| m.enabled = false }',
    'define_milter("a") { |m| m.enabled = false } if ok',
  ])('is named: %s', (line) => {
    expect(notUnderstood(`manager.n_workers = 1\n${line}\nmanager.daemon = true\n`)).toEqual([
      [2, line],
    ]);
    expect(settings(`${line}\nmanager.daemon = true\n`)).toContainEqual([
      'manager.daemon',
      true,
      2,
    ]);
  });

  it('is named once with all that belongs to it', () => {
    const text = `if File.exist?("/x")
  manager.n_workers = 4
  while true do
    break if done
  end
end
defined_milters.each do |name|
  define_milter(name) do |milter|
    milter.enabled = false
  end
end
define_applicable_condition("Own") do |condition|
  condition.define_connect_stopper {|c, h, a| !h.end.nil? }
end
text = <<EOT
manager.n_workers = 5
EOT
manager.n_workers = 6
`;
    expect(notUnderstood(text)).toEqual([
      [1, 'if File.exist?("/x") ... (to line 6)'],
      [7, 'defined_milters.each do |name| ... (to line 11)'],
      [12, 'define_applicable_condition("Own") do |condition| ... (to line 14)'],
      [15, 'text = <<EOT'],
    ]);
    expect(settings(text)).toEqual([['manager.n_workers', 6, 18]]);
  });

  it('inside a milter leaves the rest of it', () => {
    const { milters, notUnderstood: rest } = read(
      'define_milter("a") do |m|\n  m.enabled = on?\n  m.command = "/etc/init.d/a"\n  if x\n    m.enabled = true\n  end\nend\n',
    );
    expect(milters[0]!.settings.map(({ name }) => name)).toEqual(['command']);
    expect(rest.map(({ where }) => where)).toEqual([`${MAIN}:2`, `${MAIN}:4`]);
  });

  it('is never run together with what follows where a string or block has no end', () => {
    expect(notUnderstood('a.b = 1\nif x\n  a.c = 2\n')).toEqual([[2, 'if x ... (to line 3)']]);
    expect(notUnderstood('a.b = "x\na.c = 2\n')).toEqual([[1, 'a.b = "x ... (to line 3)']]);
    expect(settings('a.b = "x\na.c = 2\n')).toEqual([]);
  });
});
