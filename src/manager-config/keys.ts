/** Every section and key of milter-manager.ini with how it is read and what holds where it is not set. */
import { BlockList } from 'node:net';
import type { ConnectionSpec } from '../protocol/connection-spec.ts';
import * as as from './values.ts';

/** One key: `T` is its value, `default` the value where the ini does not set it. */
export interface Key<T> {
  readonly read: as.Read<T>;
  readonly default: T;
}

/** The values of a section. Fields have the names that the ini uses, so that one word finds both. */
export type Values<Keys> = {
  readonly [Name in keyof Keys]: Keys[Name] extends Key<infer T> ? T : never;
};

function key<T>(read: as.Read<T>, value: T): Key<T> {
  return { read, default: value };
}

function optional<T>(read: as.Read<T>): Key<T | undefined> {
  return { read, default: undefined };
}

export const CONDITION_NAMES = [
  'S25R',
  'Remote Network',
  'Authenticated',
  'Unauthenticated',
  'Trust',
  'No Stress',
  'Stress Notify',
  'Sendmail Compatible',
] as const;
export type ConditionName = (typeof CONDITION_NAMES)[number];

export const LOG_LEVELS = ['error', 'warning', 'info', 'debug'] as const;
export type LogLevel = (typeof LOG_LEVELS)[number];

const SYSLOG_FACILITIES =
  'auth authpriv cron daemon ftp kern lpr mail news syslog user uucp local0 local1 local2 local3 local4 local5 local6 local7'.split(
    ' ',
  );

/** So many seconds before the MTA gives up, we have an answer. */
export const LEAD = 3;

/** The protocol's timeouts less that. */
export const TIMEOUTS = { connection: 297, writing: 7, reading: 7, end_of_message: 297 } as const;

const DEFAULT_SPEC: ConnectionSpec = {
  kind: 'unix',
  path: '/var/run/milter-manager/milter-manager.sock',
};

export const MANAGER_KEYS = {
  connection_spec: key(as.spec, DEFAULT_SPEC),
  unix_socket_mode: key(as.octal, 0o660),
  unix_socket_group: optional(as.text),
  remove_unix_socket_on_create: key(as.yesNo, true),
  daemon: key(as.yesNo, false),
  pid_file: optional(as.text),
  n_workers: key(as.integer(0, 64), 0),
  /** Sessions open at once, per process; 0 is as many as the limit of open files has room for. */
  max_connections: key(as.integer(0, 1_000_000), 0),
  /** What holds for a child that does not set its own. */
  fallback_status: key(as.oneOf(as.FALLBACK_STATUSES), 'accept'),
  detect: key(as.yesNo, true),
  /** From the end of a message's content to the answer; below Postfix's milter_content_timeout (300). */
  message_timeout: key(as.seconds, 290),
  /** How long TERM waits for mails in progress. */
  drain_timeout: key(as.seconds, 30),
  /** How long TERM waits for sessions between two mails: they hold the end up, and new mail goes unfiltered meanwhile. */
  drain_idle_timeout: key(as.seconds, 3),
  max_packet_size: key(as.bytes(1), 1024 * 1024 + 64),
  max_headers: key(as.integer(1, 1_000_000), 5000),
  max_header_bytes: key(as.bytes(1), 4 * 1024 * 1024),
  /** Content of one message held in memory; what is above goes to a temporary file. */
  max_body_memory: key(as.bytes(0), 5 * 1024 * 1024),
  /** What one child may want changed in one message, a replaced body above all: memory that it takes. */
  max_modifications: key(as.bytes(1), 64 * 1024 * 1024),
  /** How many headers, recipients and so on. */
  max_modification_count: key(as.integer(1, 1_000_000), 10_000),
  /** Content that one child may lag behind before the MTA is held back. */
  max_queue: key(as.bytes(1), 512 * 1024),
  spool_directory: optional(as.text),
  breaker_failures: key(as.integer(0, 1_000_000), 5),
  breaker_pause: key(as.seconds, 30),
  metrics: optional(as.spec),
  /** Directory of the histories, from which `milter-setup graphs` and `report` are made. */
  history: optional(as.text),
};

export const SECURITY_KEYS = {
  effective_user: optional(as.text),
  effective_group: optional(as.text),
};

export const LOG_KEYS = {
  level: key(as.oneOf(LOG_LEVELS), 'info'),
  path: optional(as.text),
  use_syslog: key(as.yesNo, true),
  syslog_facility: key(as.oneOf(SYSLOG_FACILITIES), 'mail'),
  format: key(as.oneOf(['text', 'json']), 'text'),
  /** The `[statistics]` lines that graphing tools of the C program read. */
  statistics: key(as.yesNo, true),
};

export const REMOTE_NETWORK_KEYS = {
  local_address: key(as.networks, new BlockList()),
  remote_address: key(as.networks, new BlockList()),
};

export const S25R_KEYS = {
  whitelist: key(as.namePatterns, []),
  blacklist: key(as.namePatterns, []),
  only_check_ipv4: key(as.yesNo, true),
};

export const STRESS_KEYS = {
  /** Sessions of one process at which the host counts as stressed; unset, what Postfix's files say. 0 is never. */
  threshold_n_connections: key(as.integer(0, 1_000_000), 75),
};

export const TRUST_KEYS = {
  envelope_from_domain: key(as.domainPatterns, []),
};

export const MILTER_KEYS = {
  description: optional(as.text),
  enabled: key(as.yesNo, true),
  connection_spec: optional(as.spec),
  fallback_status: key(as.oneOf(as.FALLBACK_STATUSES), 'accept'),
  evaluation_mode: key(as.yesNo, false),
  applicable_conditions: key(as.listOf(CONDITION_NAMES), []),
  /** Names of milters whose changes it must see; unset, everything listed before it. */
  after: optional(as.list),
  /** It takes content packets without waiting for its own replies: yes for detected ones that were proved to. */
  pipelining: key(as.yesNo, false),
  /** It takes another session on the same connection, after SMFIC_QUIT_NC: likewise. */
  connection_reuse: key(as.yesNo, false),
  connection_timeout: key(as.seconds, TIMEOUTS.connection),
  writing_timeout: key(as.seconds, TIMEOUTS.writing),
  reading_timeout: key(as.seconds, TIMEOUTS.reading),
  end_of_message_timeout: key(as.seconds, TIMEOUTS.end_of_message),
};

/** Sections other than `[milter.NAME]`. */
export const SECTIONS = {
  manager: MANAGER_KEYS,
  security: SECURITY_KEYS,
  log: LOG_KEYS,
  remote_network: REMOTE_NETWORK_KEYS,
  s25r: S25R_KEYS,
  stress: STRESS_KEYS,
  trust: TRUST_KEYS,
};
