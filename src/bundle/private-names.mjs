/**
 * `#count` of a class becomes an ordinary property, `count$7`: what is short-lived runs in V8's interpreter and baseline
 * code, which find private names by a keyed load and check at each call of a private method whose it is. Not for objects
 * whose properties are listed, as by JSON.stringify.
 */
import ts from 'typescript';

const declares = (node, name) => node.members.some((member) => member.name?.kind === ts.SyntaxKind.PrivateIdentifier && member.name.text === name);

/** Returns the code of a module, in which classes are numbered from `first` on, and the number behind the last. */
export function publicNames(code, first) {
  const names = [];
  let next = first;
  const visit = (node, classes) => {
    if (ts.isClassLike(node)) classes = [{ node, number: next++ }, ...classes];
    if (ts.isPrivateIdentifier(node)) {
      if (ts.isBinaryExpression(node.parent)) throw new Error(`${node.text} in: there is no such question of a property`);
      const { number } = classes.find((c) => declares(c.node, node.text));
      names.push({ start: node.getStart(), end: node.end, text: `${node.text.slice(1)}$${number}` });
    }
    ts.forEachChild(node, (child) => { visit(child, classes); });
  };
  visit(ts.createSourceFile('module.js', code, ts.ScriptTarget.Latest, true, ts.ScriptKind.JS), []);
  let result = '';
  let at = 0;
  for (const { start, end, text } of names) {
    result += code.slice(at, start) + text;
    at = end;
  }
  return { code: result + code.slice(at), next };
}
