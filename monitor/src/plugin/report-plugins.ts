import type { PluginReport } from '../classify/chain.ts';
import type { Logger } from '../log.ts';
import type { Metrics } from '../metrics/metrics.ts';

/** What goes wrong with classifiers of the operator's: a line a minute, and counters. */
export function reportPlugins(log: Logger, metrics: () => Metrics | undefined): PluginReport {
  return {
    failed: (classifier, failure, message) => {
      metrics()?.count('streamgauge.monitor.classifier.failures', 1, { classifier, reason: failure });
      log.oncePerMinute(`classifier ${classifier} ${failure}`, `classifier ${classifier} was passed over: ${message}`);
    },
    labelsDropped: (classifier, by) => {
      metrics()?.count('streamgauge.monitor.classifier.labels.dropped', by, { classifier });
      log.oncePerMinute(
        `classifier ${classifier} labels`,
        `classifier ${classifier} gave labels that were left out: their keys are not among its outputKeys, or they are no text`,
      );
    },
  };
}
