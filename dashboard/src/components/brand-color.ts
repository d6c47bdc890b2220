/** The operator's colour, as it is where it fills something, and as near to it as can be read where it is text. */

type Rgb = readonly [red: number, green: number, blue: number];

/** WCAG 2.2, 1.4.3, for text; and some more, as surfaces differ a little. */
const contrastMin = 5;
const black: Rgb = [0, 0, 0];
const white: Rgb = [255, 255, 255];
/** The least favourable ground of each scheme (base.css). */
const lightGround: Rgb = [241, 239, 233];
const darkGround: Rgb = [32, 36, 42];
const steps = 50;

/** @param color `#rrggbb` */
export function applyBrandColor(color: string): void {
  const { style } = document.documentElement;
  const { fill, onFill, onLight, onDark } = brandColorsOf(color);
  style.setProperty("--accent-fill", fill);
  style.setProperty("--on-accent", onFill);
  style.setProperty("--accent", `light-dark(${onLight}, ${onDark})`);
}

export interface BrandColors {
  readonly fill: string;
  /** Text on it. */
  readonly onFill: string;
  /** As text, in the light scheme and in the dark one. */
  readonly onLight: string;
  readonly onDark: string;
}

export function brandColorsOf(color: string): BrandColors {
  const rgb: Rgb = [hexAt(color, 1), hexAt(color, 3), hexAt(color, 5)];
  return {
    fill: textOf(rgb),
    onFill: textOf(contrastOf(rgb, black) >= contrastOf(rgb, white) ? black : white),
    onLight: textOf(readable(rgb, lightGround, black)),
    onDark: textOf(readable(rgb, darkGround, white)),
  };
}

/** The first on the way from a colour to `end` that can be read on that ground. */
function readable(rgb: Rgb, ground: Rgb, end: Rgb): Rgb {
  for (let step = 0; step < steps; step += 1) {
    const mixed = mix(rgb, end, step / steps);
    if (contrastOf(mixed, ground) >= contrastMin) return mixed;
  }
  return end;
}

function mix([r, g, b]: Rgb, [toR, toG, toB]: Rgb, share: number): Rgb {
  const between = (from: number, to: number) => Math.round(from + (to - from) * share);
  return [between(r, toR), between(g, toG), between(b, toB)];
}

/** WCAG 2.2, "contrast ratio". */
export function contrastOf(one: Rgb, other: Rgb): number {
  const [darker = 0, lighter = 0] = [luminanceOf(one), luminanceOf(other)].sort((a, b) => a - b);
  return (lighter + 0.05) / (darker + 0.05);
}

/** WCAG 2.2, "relative luminance". */
function luminanceOf(rgb: Rgb): number {
  const [r = 0, g = 0, b = 0] = rgb.map((part) => {
    const share = part / 255;
    return share <= 0.04045 ? share / 12.92 : ((share + 0.055) / 1.055) ** 2.4;
  });
  return 0.2126 * r + 0.7152 * g + 0.0722 * b;
}

function hexAt(color: string, at: number): number {
  return Number.parseInt(color.slice(at, at + 2), 16);
}

function textOf(rgb: Rgb): string {
  return `rgb(${rgb.join(" ")})`;
}
