/**
 * Python pickles that hold NumPy arrays, dictionaries, lists, numbers and texts. Nothing is executed: a pickle names what it wants called, and
 * only the few names that rebuild an array are known; all others are refused.
 */
import { fromType, type NpyArray, toCOrder } from "./npy.js";

export type Pickled =
  | null
  | boolean
  | number
  | bigint
  | string
  | Buffer
  | Pickled[]
  | Map<Pickled, Pickled>
  | Callable
  | Rebuilt;

/** A name that a pickle may call. */
interface Callable {
  readonly callable: keyof typeof calls;
}

/** An array or a dtype as its pickle describes it; numbers are decoded when `pickledArray` asks for them. */
interface Rebuilt {
  readonly kind: "array" | "dtype" | "scalar";
  args: Pickled[];
  state?: Pickled;
}

const calls = {
  reconstruct: (args: Pickled[]): Pickled => ({ kind: "array", args }),
  dtype: (args: Pickled[]): Pickled => ({ kind: "dtype", args }),
  scalar: (args: Pickled[]): Pickled => ({ kind: "scalar", args }),
  frombuffer: ([bytes, dtype, shape, order]: Pickled[]): Pickled => ({
    kind: "array",
    args: [],
    state: [1, shape ?? null, dtype ?? null, order === "F", bytes ?? null],
  }),
  // How protocol 2 writes bytes: a text whose letters are the bytes.
  encode: ([text]: Pickled[]): Pickled => Buffer.from(String(text), "latin1"),
  ndarray: (): Pickled => {
    throw new Error("it calls numpy.ndarray");
  },
};

const globals: Record<string, keyof typeof calls> = {
  "numpy ndarray": "ndarray",
  "numpy dtype": "dtype",
  "_codecs encode": "encode",
};
for (const core of ["numpy.core", "numpy._core"]) {
  globals[`${core}.multiarray _reconstruct`] = "reconstruct";
  globals[`${core}.multiarray scalar`] = "scalar";
  globals[`${core}.numeric _frombuffer`] = "frombuffer";
}

const mark = Symbol("mark");
type Slot = Pickled | typeof mark;

/** Throws an Error where the pickle is damaged or holds anything else. */
export function unpickle(bytes: Buffer): Pickled {
  const stack: Slot[] = [];
  const memo = new Map<number, Pickled>();
  let at = 0;
  const take = (length: number) => {
    if (!(length >= 0) || at + length > bytes.length) throw new Error("the pickle is cut short");
    at += length;
    return bytes.subarray(at - length, at);
  };
  const u8 = () => take(1)[0] as number;
  const u32 = () => take(4).readUInt32LE(0);
  const u64 = () => Number(take(8).readBigUInt64LE(0));
  const line = () => {
    const end = bytes.indexOf(10, at);
    const text = take((end < 0 ? Number.NaN : end) - at).toString("latin1");
    at++;
    return text;
  };
  const pop = (): Pickled => {
    const value = stack.pop();
    if (value === undefined || value === mark) throw new Error("the pickle is damaged");
    return value;
  };
  const top = (): Pickled => {
    const value = pop();
    stack.push(value);
    return value;
  };
  const toMark = (): Pickled[] => {
    const from = stack.lastIndexOf(mark);
    if (from < 0) throw new Error("the pickle is damaged");
    return stack.splice(from).slice(1) as Pickled[];
  };
  const remember = (key: number) => memo.set(key, top());
  const recall = (key: number) => {
    const value = memo.get(key);
    if (value === undefined) throw new Error("the pickle is damaged");
    stack.push(value);
  };
  const named = (module: Pickled, name: Pickled) => {
    const callable = globals[`${module} ${name}`];
    if (callable === undefined)
      throw new Error(`it asks for ${module}.${name}, which is not allowed: nothing in a pickle is executed`);
    stack.push({ callable });
  };
  const set = (target: Pickled, items: Pickled[]) => {
    if (!(target instanceof Map)) throw new Error("the pickle is damaged");
    for (let i = 0; i + 1 < items.length; i += 2) target.set(items[i] as Pickled, items[i + 1] as Pickled);
  };
  const append = (target: Pickled, items: Pickled[]) => {
    if (!Array.isArray(target)) throw new Error("the pickle is damaged");
    for (const item of items) target.push(item);
  };
  const text = (length: number) => stack.push(take(length).toString("utf8"));
  const raw = (length: number) => stack.push(take(length));
  const call = () => {
    const args = pop();
    const target = pop();
    if (target === null || typeof target !== "object" || !("callable" in target) || !Array.isArray(args))
      throw new Error("the pickle is damaged");
    stack.push(calls[target.callable](args));
  };
  const build = () => {
    const state = pop();
    const target = top();
    if (target === null || typeof target !== "object" || !("kind" in target)) throw new Error("the pickle is damaged");
    target.state = state;
  };
  for (;;) {
    const code = String.fromCharCode(u8());
    switch (code) {
      case "\x80":
        if (u8() > 5) throw new Error("its pickle protocol is not known");
        break;
      case "\x95":
        take(8);
        break; // a frame, whose length says nothing new
      case "(":
        stack.push(mark);
        break;
      case "N":
        stack.push(null);
        break;
      case "\x88":
        stack.push(true);
        break;
      case "\x89":
        stack.push(false);
        break;
      case "K":
        stack.push(u8());
        break;
      case "M":
        stack.push(take(2).readUInt16LE(0));
        break;
      case "J":
        stack.push(take(4).readInt32LE(0));
        break;
      case "\x8a":
        stack.push(long(take(u8())));
        break;
      case "G":
        stack.push(take(8).readDoubleBE(0));
        break;
      case "C":
      case "U":
        raw(u8());
        break;
      case "B":
      case "T":
        raw(u32());
        break;
      case "\x8e":
      case "\x96":
        raw(u64());
        break;
      case "\x8c":
        text(u8());
        break;
      case "X":
        text(u32());
        break;
      case "\x8d":
        text(u64());
        break;
      case ")":
      case "]":
        stack.push([]);
        break;
      case "}":
        stack.push(new Map());
        break;
      case "\x85":
        stack.push([pop()]);
        break;
      case "\x86": {
        const b = pop();
        stack.push([pop(), b]);
        break;
      }
      case "\x87": {
        const [c, b] = [pop(), pop()];
        stack.push([pop(), b, c]);
        break;
      }
      case "t":
      case "l":
        stack.push(toMark());
        break;
      case "d": {
        const map = new Map<Pickled, Pickled>();
        set(map, toMark());
        stack.push(map);
        break;
      }
      case "a": {
        const item = pop();
        append(top(), [item]);
        break;
      }
      case "e": {
        const items = toMark();
        append(top(), items);
        break;
      }
      case "s": {
        const value = pop();
        const key = pop();
        set(top(), [key, value]);
        break;
      }
      case "u": {
        const items = toMark();
        set(top(), items);
        break;
      }
      case "q":
        remember(u8());
        break;
      case "r":
        remember(u32());
        break;
      case "\x94":
        remember(memo.size);
        break;
      case "h":
        recall(u8());
        break;
      case "j":
        recall(u32());
        break;
      case "c": {
        const module = line();
        named(module, line());
        break;
      }
      case "\x93": {
        const name = pop();
        named(pop(), name);
        break;
      }
      case "R":
        call();
        break;
      case "b":
        build();
        break;
      case "0":
        pop();
        break;
      case "1":
        toMark();
        break;
      case "2":
        stack.push(top());
        break;
      case ".":
        return pop();
      default:
        throw new Error(`it holds the pickle instruction ${JSON.stringify(code)}, which is not allowed`);
    }
  }
}

function long(bytes: Buffer): number | bigint {
  let value = 0n;
  for (let i = bytes.length - 1; i >= 0; i--) value = (value << 8n) | BigInt(bytes[i] as number);
  if (bytes.length > 0 && (bytes[bytes.length - 1] as number) & 0x80) value -= 1n << BigInt(8 * bytes.length);
  return BigInt.asIntN(53, value) === value ? Number(value) : value;
}

/** The numbers of an array in a pickle; undefined where the value is no array of numbers. */
export function pickledArray(value: Pickled | undefined): NpyArray | undefined {
  if (!isRebuilt(value, "array") || !Array.isArray(value.state)) return undefined;
  const [, shape, dtype, fortran, bytes] = value.state;
  const type = dtypeOf(dtype);
  if (type === undefined || !Buffer.isBuffer(bytes) || !Array.isArray(shape)) return undefined;
  const sizes = shape.map(Number);
  if (!sizes.every((size) => Number.isSafeInteger(size) && size >= 0)) return undefined;
  const values = fromType(
    type,
    bytes,
    sizes.reduce((product, size) => product * size, 1),
  );
  return { shape: sizes, values: fortran === true && sizes.length > 1 ? toCOrder(values, sizes) : values };
}

/** The one object in an array of objects without axes, which is how NumPy saves a dictionary. */
export function pickledObject(value: Pickled): Pickled | undefined {
  if (!isRebuilt(value, "array") || !Array.isArray(value.state)) return undefined;
  const [, , , , items] = value.state;
  return Array.isArray(items) ? items[0] : undefined;
}

function isRebuilt(value: Pickled | undefined, kind: Rebuilt["kind"]): value is Rebuilt {
  return typeof value === "object" && value !== null && "kind" in value && value.kind === kind;
}

/** Type code and byte order, for example "<u2". */
function dtypeOf(value: Pickled | undefined): string | undefined {
  if (!isRebuilt(value, "dtype")) return undefined;
  const [code] = value.args;
  const order = Array.isArray(value.state) ? value.state[1] : "<";
  const text = Buffer.isBuffer(code) ? code.toString("latin1") : code;
  return typeof text === "string" && /^[buif]\d$/.test(text) ? `${order === ">" ? ">" : "<"}${text}` : undefined;
}
