/** The walk through the nodes of a graph, in their order: what each makes, and what all of them cost. */
import { AttributeType, type AttributeProto, type NodeProto } from '../schema/onnx_pb.ts';
import { operators, type CheckedNode, type Operator } from './operators.ts';
import { ModelRefusal, quoted } from './refusal.ts';
import { bytesOf, checkName, countOf, smallInteger } from './values.ts';
import type { Value } from './values.ts';

/** Sizes that an attribute lists: a filter has four margins. */
const mostNumbers = 8;

/**
 * Checks all nodes and adds what they make to `values`; gives the sum of their multiplications.
 * @throws ModelRefusal for the first node that is not understood
 */
export function walkNodes(nodes: readonly NodeProto[], values: Map<string, Value>): number {
  let multiplications = 0;
  for (const node of nodes) {
    const operator = operatorOf(node);
    const [output = '', ...others] = node.output;
    if (others.length > 0)
      throw new ModelRefusal(`its ${node.opType} has ${node.output.length} outputs`);
    checkName(output);
    if (values.has(output)) throw new ModelRefusal(`it makes ${quoted(output)} twice`);
    const inputs = node.input.map((name) => valueOf(name, values));
    const checked = checkNode(node, operator, inputs);
    const shape = operator.shape(checked);
    countOf(shape, `what its ${node.opType} makes`);
    const isConstant = inputs.every((value) => value.type === 'int64' || value.isConstant);
    values.set(output, { type: 'float32', shape, isConstant });
    multiplications += operator.work(checked, shape);
  }
  return multiplications;
}

/**
 * Bytes of the values that are alive at once when the nodes run in this order: each from where it is made
 * until its last use, the constants always. The runtime may choose another order and needs room for its own
 * work: what its process really takes is watched (server/runs/processGuard.ts).
 */
export function mostBytesAlive(
  nodes: readonly NodeProto[],
  values: ReadonlyMap<string, Value>,
  outputs: readonly string[],
): number {
  const lastUse = new Map<string, number>();
  nodes.forEach((node, i) => {
    for (const name of [...node.output, ...node.input]) lastUse.set(name, i);
  });
  for (const name of outputs) lastUse.delete(name);
  const isAlways = (value: Value): boolean => value.type === 'int64' || value.isConstant;
  const bytes = (name: string): number => {
    const value = values.get(name);
    return value === undefined || isAlways(value) ? 0 : bytesOf(value);
  };
  const made = new Set(nodes.flatMap(({ output }) => output));
  let alive = 0;
  // What no node makes is there from the start: constants, and the image.
  for (const [name, value] of values)
    if (isAlways(value) || !made.has(name)) alive += bytesOf(value);
  let most = alive;
  nodes.forEach((node, i) => {
    for (const name of node.output) alive += bytes(name);
    most = Math.max(most, alive);
    for (const name of new Set([...node.output, ...node.input]))
      if (lastUse.get(name) === i) alive -= bytes(name);
  });
  return most;
}

function operatorOf(node: NodeProto): Operator {
  if (node.domain !== '') throw new ModelRefusal(`it uses operators of ${quoted(node.domain)}`);
  const operator = operators.get(node.opType);
  if (operator === undefined)
    throw new ModelRefusal(`it holds the operator ${quoted(node.opType)}`);
  return operator;
}

function valueOf(name: string, values: ReadonlyMap<string, Value>): Value {
  checkName(name);
  const value = values.get(name);
  if (value === undefined)
    throw new ModelRefusal(`nothing before it makes its value ${quoted(name)}`);
  return value;
}

function checkNode(node: NodeProto, operator: Operator, inputs: readonly Value[]): CheckedNode {
  const { opType } = node;
  const last = operator.takesList === true ? inputs.at(-1) : undefined;
  const list = last?.type === 'int64' ? last.list : undefined;
  if (operator.takesList === true && list === undefined)
    throw new ModelRefusal(`its ${opType} lacks the list of sizes or axes that it goes by`);
  const floats = list === undefined ? inputs : inputs.slice(0, -1);
  const shapes = floats.map((value, i) => {
    if (value.type === 'float32') return value.shape;
    throw new ModelRefusal(`its ${opType} works on the integers ${quoted(node.input[i] ?? '')}`);
  });
  const [least, most] = operator.inputs;
  if (shapes.length < least || shapes.length > most)
    throw new ModelRefusal(`its ${opType} has ${node.input.length} inputs`);
  return { operator: opType, shapes, list, attributes: attributesOf(node, operator) };
}

function attributesOf(node: NodeProto, operator: Operator): Map<string, readonly number[]> {
  const found = new Map<string, readonly number[]>();
  for (const attribute of node.attribute) {
    const what = `its ${node.opType} has the attribute ${quoted(attribute.name)}`;
    const known = operator.attributes ?? {};
    const kind = Object.hasOwn(known, attribute.name) ? known[attribute.name] : undefined;
    if (kind === undefined) throw new ModelRefusal(what);
    if (found.has(attribute.name)) throw new ModelRefusal(`${what} twice`);
    if (!isOfIntegers(attribute, kind)) throw new ModelRefusal(`${what} of another type`);
    const numbers = kind === 'one' ? [attribute.i] : attribute.ints;
    found.set(
      attribute.name,
      numbers.map((value) => smallInteger(value, `in ${what}, a number`)),
    );
  }
  return found;
}

/** Nothing but the one integer, or the few of them, that the attribute is said to be. */
function isOfIntegers(attribute: AttributeProto, kind: 'one' | 'many'): boolean {
  const { type, t, g, s, f, i, ints, refAttrName } = attribute;
  const lists = [attribute.floats, attribute.strings, attribute.tensors, attribute.graphs];
  const others = [...lists, attribute.sparseTensors, attribute.sparseTensor, s, refAttrName];
  if (t !== undefined || g !== undefined || f !== 0) return false;
  if (others.some(({ length }) => length > 0)) return false;
  if (kind === 'one') return type === AttributeType.INT && ints.length === 0;
  return type === AttributeType.INTS && i === 0n && ints.length <= mostNumbers;
}
