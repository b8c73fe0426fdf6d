/** NumPy arrays (.npy, .npz): numbers alone; nothing in such a file is executed. */
import type { TypedArray } from "./values.js";

export interface NpyArray {
  readonly shape: readonly number[];
  /** In C order. */
  readonly values: TypedArray;
}

export interface NpyHeader {
  readonly shape: readonly number[];
  /** As NumPy writes it, for example "<f8"; "|O" is a pickled object. */
  readonly type: string;
  readonly fortran: boolean;
  /** Where the data begins. */
  readonly start: number;
}

const magic = "\x93NUMPY";
/** No array has more axes, and none more numbers. */
const [mostAxes, mostValues] = [8, 2 ** 31];

/** Throws an Error where it is no NumPy array. */
export function npyHeader(bytes: Buffer): NpyHeader {
  if (bytes.toString("latin1", 0, 6) !== magic) throw new Error("it is no NumPy array");
  const wide = (bytes[6] as number) >= 2;
  const length = wide ? bytes.readUInt32LE(8) : bytes.readUInt16LE(8);
  const start = (wide ? 12 : 10) + length;
  if (length > 65536 || start > bytes.length) throw new Error("its header is damaged");
  const text = bytes.toString("latin1", wide ? 12 : 10, start);
  const type = /'descr':\s*'([^']*)'/.exec(text)?.[1];
  const shape = /'shape':\s*\(([^)]*)\)/.exec(text)?.[1];
  if (type === undefined || shape === undefined) throw new Error("its header is damaged, or of a structured type");
  const sizes = shape
    .split(",")
    .map((part) => part.trim())
    .filter(Boolean)
    .map(Number);
  if (sizes.length > mostAxes || !sizes.every((size) => Number.isSafeInteger(size) && size >= 0))
    throw new Error(`its shape is (${shape})`);
  return { shape: sizes, type, fortran: /'fortran_order':\s*True/.test(text), start };
}

/** Numbers of a type of NumPy's, from bytes in that type. Throws an Error for objects and types that are no real numbers. */
export function fromType(type: string, bytes: Buffer, count: number): TypedArray {
  const size = Number(type.slice(2));
  const kind = type[1] as string;
  if (!(count >= 0 && count <= mostValues) || count * size > bytes.length) throw new Error("the file is cut short");
  if (type[0] === ">" && size > 1) bytes = swapped(bytes.subarray(0, count * size), size);
  const view = <T>(Type: { new (buffer: ArrayBuffer, offset: number, length: number): T }): T => {
    const copy = bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + count * size) as ArrayBuffer;
    return new Type(copy, 0, count);
  };
  switch (`${kind}${size}`) {
    case "b1":
    case "u1":
      return view(Uint8Array);
    case "i1":
      return view(Int8Array);
    case "u2":
      return view(Uint16Array);
    case "i2":
      return view(Int16Array);
    case "u4":
      return view(Uint32Array);
    case "i4":
      return view(Int32Array);
    case "f4":
      return view(Float32Array);
    case "f8":
      return view(Float64Array);
    case "u8":
      return Float64Array.from(view(BigUint64Array), Number);
    case "i8":
      return Float64Array.from(view(BigInt64Array), Number);
    default:
      throw new Error(`its values are of NumPy's type ${type}`);
  }
}

export function readNpy(bytes: Buffer): NpyArray {
  const { shape, type, fortran, start } = npyHeader(bytes);
  const count = shape.reduce((product, size) => product * size, 1);
  const values = fromType(type, bytes.subarray(start), count);
  return { shape, values: fortran && shape.length > 1 ? toCOrder(values, shape) : values };
}

export function toCOrder(values: TypedArray, shape: readonly number[]): TypedArray {
  const result = values.slice() as TypedArray;
  const index = shape.map(() => 0);
  for (let to = 0; to < values.length; to++) {
    let [from, stride] = [0, 1];
    shape.forEach((size, axis) => {
      from += (index[axis] as number) * stride;
      stride *= size;
    });
    result[to] = values[from] as number;
    for (let axis = shape.length - 1; axis >= 0; axis--) {
      index[axis] = (index[axis] as number) + 1;
      if ((index[axis] as number) < (shape[axis] as number)) break;
      index[axis] = 0;
    }
  }
  return result;
}

function swapped(bytes: Buffer, size: number): Buffer {
  const copy = Buffer.from(bytes);
  if (size === 2) return copy.swap16();
  return size === 4 ? copy.swap32() : copy.swap64();
}
