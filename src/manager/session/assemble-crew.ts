/** Makes the children's parts in one session from the milters of the configuration. */
import type { Failure } from '../child/failure.ts';
import type { StageName } from './commands.ts';
import { Crew } from './crew.ts';
import type { Answer } from '../merge/verdict.ts';
import type { MacroStore } from './macro-store.ts';
import { Participant } from '../child/participant.ts';
import type { ChildReport } from '../report/report.ts';
import type { Milter } from '../child/runtime.ts';
import { Shadow } from '../child/shadow.ts';

/** What children report to their session. */
export interface CrewListener {
  /** A child whose answer counts needs more time at end of message. */
  progressed(): void;
  /** A child took content from its queue. */
  drained(): void;
  /** A child ended its part while content was passing by. */
  settled(): void;
  failed(name: string, failure: Failure, stage: StageName): void;
  /** A child said something that no MTA takes; `answer` goes on instead. */
  mended(name: string, said: string, answer: Answer): void;
  /** A child that had been left alone answers again. */
  recovered(name: string): void;
  /** A fault of ours, in what a child whose answer counts was doing. */
  faulted(error: unknown): void;
  /** What a shadow would have done to a mail. */
  shadowEnded(report: ChildReport): void;
}

/** @param shadowLimit bytes that a shadow may lag behind */
export function assembleCrew(
  milters: readonly Milter[],
  shadowLimit: number,
  macros: MacroStore,
  listener: CrewListener,
): Crew {
  const isShadow = ({ settings }: Milter): boolean => settings.evaluation_mode;
  const join = (milter: Milter): Participant =>
    new Participant(milter, {
      progressed: () => isShadow(milter) || listener.progressed(),
      drained: () => isShadow(milter) || listener.drained(),
      settled: () => isShadow(milter) || listener.settled(),
      failed: (failure, stage) => listener.failed(milter.settings.name, failure, stage),
      faulted: (error) => isShadow(milter) || listener.faulted(error),
      mended: (said, answer) => listener.mended(milter.settings.name, said, answer),
      recovered: () => listener.recovered(milter.settings.name),
    });
  const watch = (milter: Milter): Shadow => {
    const participant = join(milter);
    return new Shadow(participant, shadowLimit, (report) => listener.shadowEnded(report));
  };
  return new Crew(
    milters.filter((milter) => !isShadow(milter)).map(join),
    milters.filter(isShadow).map(watch),
    macros,
  );
}
