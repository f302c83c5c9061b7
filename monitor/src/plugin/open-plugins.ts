import { resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { PluginReport } from '../classify/chain.ts';
import type { Classifier } from '../classify/classification.ts';
import { type Plugin, PluginError, type Plugins, pluginOnLoop } from '../classify/plugin.ts';
import type { Clock } from '../clock.ts';
import { MonitorError, monitorErrorCodes } from '../errors.ts';
import { type Declaration, ModulePlugin } from './module-plugin.ts';

/** The classifiers of the operator's, and the threads of those that are modules. */
export interface OpenPlugins extends Plugins {
  /**
   * Loads the modules; one that cannot be loaded is reported, and tried again when there is a case for it.
   *
   * @throws MonitorError SG_MONITOR_CONFIG_INVALID when two classifiers have one name or declare one output key
   */
  load(): Promise<void>;
  /** Which of them are not asked at the moment and why, a sentence each. */
  faults(): readonly string[];
  close(): Promise<void>;
}

/** A classifier that is in both lists is one plugin, with one thread. */
export function openPlugins(options: {
  readonly classifiers: readonly (Classifier | string)[];
  readonly failureClassifiers: readonly (Classifier | string)[];
  readonly clock: Clock;
  readonly report: PluginReport;
}): OpenPlugins {
  const { clock, report } = options;
  const plugins = new Map<Classifier | string, Plugin>();
  const modules: ModulePlugin[] = [];
  let loaded = false;

  const open = (given: Classifier | string): Plugin => {
    const key = typeof given === 'string' ? pathOf(given) : given;
    const known = plugins.get(key);
    if (known !== undefined) return known;
    let plugin: Plugin;
    if (typeof key === 'string') {
      const module: ModulePlugin = new ModulePlugin({
        path: key,
        clock,
        // Until all are loaded nobody can say whose fault it is.
        objection: (declaration) => (loaded ? clashOf(declaration, others(module)) : undefined),
      });
      modules.push(module);
      plugin = module;
    } else plugin = pluginOnLoop(key, (delayMs, callback) => clock.after(delayMs, callback));
    plugins.set(key, plugin);
    return plugin;
  };
  /** Those of which it is known what they are called. */
  const others = (plugin: Plugin): Plugin[] =>
    [...plugins.values()].filter((other) => other !== plugin && isKnown(other));

  return {
    classifiers: options.classifiers.map(open),
    failureClassifiers: options.failureClassifiers.map(open),
    load: async () => {
      await Promise.all(
        modules.map(async (module) => {
          try {
            await module.load();
          } catch (error) {
            const failure = error instanceof PluginError ? error.failure : 'load';
            report.failed(module.name, failure, error instanceof Error ? error.message : String(error));
          }
        }),
      );
      loaded = true;
      for (const plugin of plugins.values()) {
        const clash = isKnown(plugin) ? clashOf(plugin, others(plugin)) : undefined;
        if (clash === undefined) continue;
        throw new MonitorError(
          monitorErrorCodes.configInvalid,
          `The configuration has a fault: the classifier ${plugin.name}: ${clash}; give each its own.`,
        );
      }
    },
    faults: () => modules.flatMap((module) => module.fault() ?? []),
    close: async () => {
      await Promise.all(modules.map((module) => module.close()));
    },
  };
}

function isKnown(plugin: Plugin): boolean {
  return !(plugin instanceof ModulePlugin) || plugin.declared !== undefined;
}

/** Why the declaration cannot stand beside the others. */
function clashOf({ name, outputKeys }: Declaration, others: readonly Plugin[]): string | undefined {
  for (const other of others) {
    if (other.name === name) return 'another classifier has the same name';
    const shared = outputKeys.find((key) => other.outputKeys.includes(key));
    if (shared !== undefined) return `${other.name} declares the output key ${shared} as well`;
  }
  return undefined;
}

/** Relative to the working folder: names in a configuration file have been made absolute when it was read. */
function pathOf(given: string): string {
  return given.startsWith('file:') ? fileURLToPath(given) : resolve(given);
}
