import type { AnyNode, Expression, ObjectExpression, Program } from 'acorn';
import { FormProblem } from './form.js';

const HINT = 'Say module.exports = { … } once, with the settings in the braces.';

/** The one object that a script of CommonJS exports, written out in it. */
export function exportedObject(program: Program): ObjectExpression {
  const exported = program.body.flatMap((statement) =>
    statement.type === 'ExpressionStatement' ? exportedBy(statement.expression) : [],
  );
  const [value] = exported;
  if (value === undefined) throw new FormProblem('has no module.exports = { … }', HINT);
  if (exported.length > 1 || mentions(program) > 1) {
    throw new FormProblem(
      'says module.exports more than once, and it is not clear what is exported in the end',
      HINT,
    );
  }
  const object = value.type === 'Identifier' ? constantOf(program, value.name) : value;
  if (object?.type === 'ObjectExpression') return object;
  throw new FormProblem('exports something else than an object that is written out in it', HINT);
}

function exportedBy(expression: Expression): Expression[] {
  if (expression.type !== 'AssignmentExpression' || expression.operator !== '=') return [];
  if (isModuleExports(expression.left)) {
    // exports = module.exports = { … }, either way round
    const inner = expression.right.type === 'AssignmentExpression' ? expression.right : undefined;
    return [
      inner?.left.type === 'Identifier' && inner.left.name === 'exports' ? inner.right : expression.right,
    ];
  }
  const { left, right } = expression;
  return left.type === 'Identifier' && left.name === 'exports' ? exportedBy(right) : [];
}

function isModuleExports(node: AnyNode): boolean {
  if (node.type !== 'MemberExpression' || node.object.type !== 'Identifier') return false;
  const name = node.property.type === 'Identifier' && !node.computed ? node.property.name : undefined;
  const text = node.property.type === 'Literal' ? node.property.value : undefined;
  return node.object.name === 'module' && (name === 'exports' || text === 'exports');
}

/** Whatever stands in the way of `module` being one plain assignment counts: `module` passed on, `exports.x = …`. */
function mentions(program: Program): number {
  let count = 0;
  visit(program, (node, parent) => {
    if (node.type !== 'Identifier') return;
    const isProperty =
      (parent.type === 'MemberExpression' && parent.property === node && !parent.computed) ||
      (parent.type === 'Property' && parent.key === node && !parent.computed && !parent.shorthand);
    if (isProperty) return;
    if (node.name === 'module') count += 1;
    if (node.name === 'exports' && parent.type !== 'AssignmentExpression') count += 1;
  });
  return count;
}

/** A constant of the script that is an object, and that nothing else than the export uses. */
function constantOf(program: Program, name: string): Expression | undefined {
  let uses = 0;
  visit(program, (node) => {
    if (node.type === 'Identifier' && node.name === name) uses += 1;
  });
  const declared = program.body
    .flatMap((statement) =>
      statement.type === 'VariableDeclaration' && statement.kind === 'const' ? statement.declarations : [],
    )
    .find(({ id }) => id.type === 'Identifier' && id.name === name);
  return uses === 2 ? (declared?.init ?? undefined) : undefined;
}

function visit(node: AnyNode, see: (node: AnyNode, parent: AnyNode) => void): void {
  for (const child of Object.values(node).flat() as unknown[]) {
    if (!isNode(child)) continue;
    see(child, node);
    visit(child, see);
  }
}

function isNode(value: unknown): value is AnyNode {
  return typeof value === 'object' && value !== null && 'type' in value && typeof value.type === 'string';
}
