import type { DescField, DescMessage } from '@bufbuild/protobuf';
import {
  create,
  type MonitorMessage,
  MonitorMessageSchema,
  type WorkerMessage,
  WorkerMessageSchema,
} from '@streamgauge/proto';
import fc from 'fast-check';

/** Any frame a worker can send, made from the schema itself, so that a new field is tested the day it is added. */
export const workerMessage: fc.Arbitrary<WorkerMessage> = fieldsOf(WorkerMessageSchema).map(
  (init) => create(WorkerMessageSchema, init) as WorkerMessage,
);

/** Any frame the monitor can send. */
export const monitorMessage: fc.Arbitrary<MonitorMessage> = fieldsOf(MonitorMessageSchema).map(
  (init) => create(MonitorMessageSchema, init) as MonitorMessage,
);

type Init = Record<string, unknown>;

/** Any values of the fields of a message. */
export function fieldsOf(schema: DescMessage): fc.Arbitrary<Init> {
  const members: Record<string, fc.Arbitrary<unknown>> = {};
  for (const field of schema.fields) {
    if (field.oneof === undefined)
      members[field.localName] = fc.option(arbitraryOf(field), { nil: undefined, freq: 4 });
  }
  for (const oneof of schema.oneofs) {
    const cases = oneof.fields.map((field) => arbitraryOf(field).map((value) => ({ case: field.localName, value })));
    members[oneof.localName] = fc.oneof(fc.constant({ case: undefined }), ...cases);
  }
  return fc.record(members).map((init) => {
    for (const key of Object.keys(init)) if (init[key] === undefined) delete init[key];
    return init;
  });
}

/** What google.protobuf.Struct holds: it is not made of fields, but of plain values. */
function struct(): fc.Arbitrary<Record<string, unknown>> {
  return fc.letrec<{ value: unknown; struct: Record<string, unknown> }>((tie) => ({
    value: fc.oneof(
      { depthSize: 'small' },
      fc.constant(null),
      fc.boolean(),
      scalarOf(1).filter((value) => Number.isFinite(value)),
      fc.string({ unit: 'binary', maxLength: 20 }),
      fc.array(tie('value'), { maxLength: 3 }),
      tie('struct'),
    ),
    struct: fc.dictionary(fc.string({ maxLength: 10 }), tie('value'), { maxKeys: 3, noNullPrototype: true }),
  })).struct;
}

function arbitraryOf(field: DescField): fc.Arbitrary<unknown> {
  switch (field.fieldKind) {
    case 'message':
      return field.message.typeName === 'google.protobuf.Struct' ? struct() : fieldsOf(field.message);
    case 'list':
      return fc.array(
        field.listKind === 'message'
          ? fieldsOf(field.message)
          : scalarOf(field.listKind === 'enum' ? 'enum' : field.scalar),
        {
          maxLength: 3,
        },
      );
    case 'enum':
      return scalarOf('enum');
    case 'scalar':
      return scalarOf(field.scalar);
    default:
      throw new Error(`The schema has a ${field.fieldKind} field, which this generator does not know: ${field}`);
  }
}

/** Numbers are those of ScalarType in @bufbuild/protobuf; only the ones that the schema uses. */
function scalarOf(scalar: number | 'enum'): fc.Arbitrary<unknown> {
  switch (scalar) {
    case 'enum':
    case 5:
      return fc.oneof(fc.integer({ min: 0, max: 5 }), fc.integer());
    case 1:
      // -0 is left out: the JSON form does not promise to keep its sign.
      return fc.double().map((value) => (value === 0 ? 0 : value));
    case 3:
      return fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n });
    case 4:
      return fc.bigInt({ min: 0n, max: 2n ** 64n - 1n });
    case 8:
      return fc.boolean();
    case 9:
      return fc.string({ unit: 'binary', maxLength: 20 });
    case 13:
      return fc.integer({ min: 0, max: 0xffff_ffff });
    default:
      throw new Error(`The schema has a scalar of type ${scalar}, which this generator does not know.`);
  }
}
