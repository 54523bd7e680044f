/** What we ask, once. Order is the order of the prompts. The explanations are the install documents', in plain words. */
import { MILTERS } from '../milters/milters.ts';
import type {
  AnswersSoFar,
  ChoiceQuestion,
  ListQuestion,
  NumberQuestion,
  Question,
  QuestionFacts,
  TextQuestion,
  ValueOf,
  Described,
} from './question.ts';
import { keepSettings, takeOver, takesOurSettings } from './existing-host.ts';
import { parseNetwork } from './networks.ts';
import { milters } from './which-milters.ts';

/** Whether a milter that asks it is to be set up with our settings. */
function isAsked(key: string, answers: AnswersSoFar): boolean {
  return MILTERS.some(({ name, asks }) => asks?.includes(key) && takesOurSettings(name, answers));
}

/** milter_default_action of postconf(5); the last three only where main.cf has them already. */
export type DefaultAction = 'accept' | 'tempfail' | 'reject' | 'quarantine' | 'shutdown';

/** What somebody wrote into main.cf stays to be chosen, also by the answers of the last run. */
function ownActions({ defaultAction: own, lastRun }: QuestionFacts): readonly {
  readonly value: DefaultAction;
  readonly title: string;
}[] {
  const rare = ['reject', 'quarantine', 'shutdown'] as const;
  return rare
    .filter((value) => value === own || value === lastRun?.['default-action'])
    .map((value) => ({ value, title: `${value}: as main.cf has it now` }));
}

const defaultAction: Described<ChoiceQuestion<DefaultAction>> = {
  placeholder: 'ACTION',
  type: 'choice',
  message: 'What shall Postfix do while the milter manager is down?',
  summary:
    'what becomes of mail while the manager, or a milter behind it, is down: accept or tempfail',
  explanation:
    'With accept a problem with the milters never stops your mail, but spam and viruses come in until ' +
    'it is repaired. Where you can repair it quickly, tempfail is the better choice: senders are told ' +
    'to try again later, and nothing comes in unfiltered. The same holds for each milter behind the manager.',
  choices: (facts) => [
    {
      value: 'accept',
      title: 'accept: mail keeps flowing, unfiltered until the manager is back',
      summary: 'Spam and viruses may be delivered while the manager is down.',
    },
    {
      value: 'tempfail',
      title: 'tempfail: mail waits at the sender until the manager is back',
      summary: 'Nothing comes in unfiltered; mail is late by as long as the repair takes.',
    },
    ...ownActions(facts),
  ],
  default: (facts) => facts.defaultAction ?? 'accept',
  origin: (facts) =>
    facts.defaultAction === undefined
      ? 'our default and that of the install documents, so that a fault of the filters stops no mail'
      : "Postfix's own default, which holds now",
};

const smtpConnections: Described<NumberQuestion> = {
  placeholder: 'NUMBER',
  type: 'number',
  message: 'How many SMTP connections does this host serve at the same time?',
  summary: 'SMTP connections at the same time; spamd gets a third as many children',
  explanation:
    'SpamAssassin (spamd) checks as many mails at once as it has children, five by default. A third of ' +
    'the SMTP connections is a good first value: about 30 children for 100 connections.',
  least: 1,
  most: 10_000,
  default: (facts) => facts.smtpConnections ?? 100,
  origin: () => "Postfix's own default_process_limit",
  when: (_facts, answers) => isAsked('smtp-connections', answers),
};

/** RFC 1035: labels of letters, digits and hyphens. */
const LABEL = '[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?';

const dkimDomain: Described<TextQuestion> = {
  placeholder: 'DOMAIN',
  type: 'text',
  message: 'Mail from which domain shall be signed?',
  summary: 'domain whose outgoing mail gets a DKIM signature, such as example.com',
  explanation:
    'Mail of your own users and hosts whose From: is in this domain gets a DKIM signature. Receivers check it ' +
    'with a record in the DNS of the domain, which is shown at the end. Mail of other domains is left alone.',
  default: (facts) => facts.mailDomain ?? '',
  origin: (facts) =>
    facts.mailDomain === undefined ? 'no file of this host tells it' : 'the name of this host',
  validate: (value) =>
    new RegExp(`^(?:${LABEL}\\.)+${LABEL}$`, 'i').test(value)
      ? undefined
      : `"${value}" is not a domain: write it as example.com`,
  when: (facts, answers) => facts.signsAlready !== true && isAsked('dkim-domain', answers),
};

const dkimSelector: Described<TextQuestion> = {
  placeholder: 'NAME',
  type: 'text',
  message: 'What shall the key be called in the DNS (selector)?',
  summary: "the key's name in the DNS: its record is NAME._domainkey.DOMAIN",
  explanation:
    'The record of the key is NAME._domainkey.DOMAIN. Where no key of this name is there yet, one is made. For a ' +
    'new key later, give a new name, and leave the old record in the DNS for a week.',
  default: () => 'mail',
  origin: () => 'our default',
  validate: (value) =>
    new RegExp(`^${LABEL}(?:\\.${LABEL})*$`, 'i').test(value)
      ? undefined
      : `"${value}" is not a selector: write letters, digits and hyphens, such as mail or 2026a`,
  when: (facts, answers) => facts.signsAlready !== true && isAsked('dkim-selector', answers),
};

export type DmarcFailures = 'mark' | 'reject';

const dmarcFailures: Described<ChoiceQuestion<DmarcFailures>> = {
  placeholder: 'ACTION',
  type: 'choice',
  message: 'What shall opendmarc do with mail that fails DMARC?',
  summary: 'what opendmarc does with mail whose sender asks to reject it: mark or reject',
  explanation:
    'A domain publishes in the DNS what shall become of mail in its name that it did not send. With mark such mail ' +
    'is delivered with the result in a header, dmarc=fail in Authentication-Results, for filters to use. With ' +
    'reject it is refused where the domain asks for that; so is some mail of mailing lists and forwarders.',
  choices: () => [
    {
      value: 'mark',
      title: 'mark: deliver it with dmarc=fail in its header',
      summary: 'Nothing is lost; look at the headers for a while before you reject.',
    },
    {
      value: 'reject',
      title: 'reject: refuse it where its domain asks for that (p=reject)',
      summary: 'Forged mail stays out, and so does some mail of mailing lists and forwarders.',
    },
  ],
  default: () => 'mark',
  origin: () => 'our default: nothing is lost while you look at the headers',
  when: (_facts, answers) => isAsked('dmarc-failures', answers),
};

const localNetworks: Described<ListQuestion> = {
  placeholder: 'NETWORKS',
  type: 'list',
  message: 'Which other networks are yours (local)?',
  summary: 'networks treated as local, separated by commas (192.0.2.0/24,2001:db8::/32), or none',
  explanation:
    'Mail from local addresses is not greylisted, and is signed where mail is signed. Loopback and the private ranges (10.0.0.0/8, ' +
    '172.16.0.0/12, 192.168.0.0/16) count as local anyway. Name public networks of your own here.',
  default: (facts) => facts.localNetworks ?? [],
  origin: (facts) =>
    facts.localNetworks === undefined
      ? 'our default: no network but your own loopback and private ones'
      : 'what the C milter-manager was told',
  normalise: parseNetwork,
};

const greylistDelay: Described<TextQuestion> = {
  placeholder: 'TIME',
  type: 'text',
  message: 'How long does milter-greylist make an unknown sender wait?',
  summary: 'how long an unknown sender has to wait before a retry is accepted, such as 10m',
  explanation:
    'An unknown sender is told to come back. A mail server does; most programs that send spam do not. The default ' +
    'of milter-greylist is 30 minutes; after 10 most spammers are gone, too, and wanted mail is late by less. ' +
    'Senders are known by their /24 network, because large sites try again from another of their hosts.',
  default: () => '10m',
  origin: () => 'the install documents',
  validate: (value) =>
    /^[1-9]\d{0,5}[smhd]$/.test(value)
      ? undefined
      : `"${value}" is not a time: write a number and s, m, h or d, such as 10m`,
  when: (_facts, answers) => isAsked('greylist-delay', answers),
  advanced: true,
};

const table = {
  'take-over': takeOver,
  milters,
  'keep-settings': keepSettings,
  'default-action': defaultAction,
  'smtp-connections': smtpConnections,
  'dkim-domain': dkimDomain,
  'dkim-selector': dkimSelector,
  'dmarc-failures': dmarcFailures,
  'local-networks': localNetworks,
  'greylist-delay': greylistDelay,
};

export type QuestionKey = keyof typeof table;
type NamedQuestion = Question & { readonly key: QuestionKey };

/** Each by its key: `dkim-domain` is `--dkim-domain`, MILTER_SETUP_DKIM_DOMAIN, and {{dkimDomain}} in templates. */
export const QUESTIONS: readonly NamedQuestion[] = Object.entries(table).map(
  ([key, question]) =>
    ({
      ...question,
      key,
      flag: `--${key}`,
      env: `MILTER_SETUP_${key.toUpperCase().replaceAll('-', '_')}`,
    }) as NamedQuestion,
);

/** The answers of a run, by key. */
export type Answers = { readonly [Key in QuestionKey]: ValueOf<(typeof table)[Key]> };

type ChoosingKey = 'take-over' | 'milters' | 'keep-settings';
export type SettingKey = Exclude<QuestionKey, ChoosingKey>;

/** The answers about settings, by the names that templates have for them. */
export type Settings = { readonly [Key in SettingKey as CamelCase<Key>]: Answers[Key] };

type CamelCase<Text extends string> = Text extends `${infer Head}-${infer Tail}`
  ? `${Head}${Capitalize<CamelCase<Tail>>}`
  : Text;

export function settingsOf(answers: Answers): Settings {
  const keys = QUESTIONS.filter(({ chooses }) => !chooses).map(({ key }) => key);
  return Object.fromEntries(keys.map((key) => [camelCase(key), answers[key]])) as Settings;
}

/** `dkimDomain` of `dkim-domain`. */
export function camelCase(key: string): string {
  return key.replace(/-(.)/g, (_, letter: string) => letter.toUpperCase());
}
