/** From a wish to a changed and proved host: plan, show, confirm, apply, report; undone where a step fails. */
import { beginRun, type Run } from '../apply/run.ts';
import type { Host } from '../host/host.ts';
import { EXIT, SetupError } from '../host/setup-error.ts';
import { buildPlan } from '../plan/build-plan.ts';
import type { Change, Plan } from '../plan/change.ts';
import { gatherFacts, type HostFacts } from '../plan/facts.ts';
import { openTemplates } from '../plan/package-files.ts';
import type { Wish } from '../plan/wish.ts';
import type { Answers } from '../questions/questions.ts';
import { planJson } from '../ui/plan-json.ts';
import type { Progress } from '../ui/progress.ts';
import { showDiffs, showPlan } from '../ui/show-plan.ts';
import { showReport } from '../ui/show-report.ts';
import type { CommandContext } from './command.ts';
import { respectOthersEdits } from './edited-by-others.ts';
import { saveLastAnswers } from './last-answers.ts';
import { failureReport, successReport } from './report.ts';
import { unreadWarnings } from './unread.ts';
