import type { Case } from '../classify/classification.ts';
import type { PluginFailure } from '../classify/plugin.ts';

/** What the thread of a module is started with. */
export interface ModuleThreadOptions {
  /** file: URL of the module. */
  readonly url: string;
}

/** A case to look at. The thread gets the next one when it has answered. */
export interface ModuleRequest {
  readonly id: number;
  readonly subject: Case;
}

/** What the thread says. */
export type ModuleReply =
  | { readonly kind: 'ready'; readonly name: string; readonly outputKeys: readonly string[] }
  | { readonly kind: 'refused'; readonly message: string }
  /** The answer as JSON, so that nothing but plain data of a bounded size crosses; null: it has nothing to say. */
  | { readonly kind: 'answer'; readonly id: number; readonly json: string | null }
  | {
      readonly kind: 'failed';
      readonly id: number;
      readonly failure: Extract<PluginFailure, 'throw' | 'answer'>;
      readonly message: string;
    };
