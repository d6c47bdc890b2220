import { type ComponentProps, useId } from "react";

export interface LabelledTextProps extends Omit<ComponentProps<"textarea">, "id"> {
  readonly label: string;
}

/** As LabelledInput, for a text of several lines. */
export function LabelledText({ label, ...text }: LabelledTextProps) {
  const id = useId();
  return (
    <div className="field">
      <label htmlFor={id}>{label}</label>
      <textarea id={id} autoComplete="off" spellCheck={false} {...text} />
    </div>
  );
}
