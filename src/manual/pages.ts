/** The manual. */
import { managerPage } from './milter-manager.ts';
import { setupPage } from './milter-setup.ts';
import { testServerPage } from './milter-test-server.ts';
import type { Page } from './page.ts';

export const PAGES: readonly Page[] = [setupPage(), managerPage(), testServerPage()];
