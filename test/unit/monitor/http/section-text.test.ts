import { clampWorkerMessage, create, type WorkerMessage, WorkerMessageSchema } from '@streamgauge/proto';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { statusSectionsText } from '../../../../monitor/src/http/section-text.ts';
import { statusView } from '../../../../monitor/src/status/status-view.ts';
import { fieldsOf } from '../../proto/arbitrary-message.ts';

const answers = fieldsOf(WorkerMessageSchema.field.statusAnswer?.message as never).map(
  (value) => create(WorkerMessageSchema, { body: { case: 'statusAnswer', value } }) as WorkerMessage,
);

test('whatever a worker tells is shown, every section by its name, and can be kept as JSON', () => {
  fc.assert(
    fc.property(answers, (message) => {
      clampWorkerMessage(message);
      if (message.body.case !== 'statusAnswer') throw new Error('no answer');
      const view = statusView(message.body.value);
      const text = statusSectionsText(view);
      for (const name of Object.keys(view.sections)) expect(text).toContain(`${name.toUpperCase()} (version `);
      for (const reason of view.missing) expect(text).toContain(`missing ${reason}`);
      expect(JSON.parse(JSON.stringify(view))).toEqual(view);
    }),
    { seed: 20_261_128, numRuns: 300 },
  );
});
