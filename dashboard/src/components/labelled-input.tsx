import { type ComponentProps, useId } from "react";

export interface LabelledInputProps extends Omit<ComponentProps<"input">, "id"> {
  readonly label: string;
}

/** A form's field, with its label above. Browsers suggest nothing for it and mark no spelling. */
export function LabelledInput({ label, ...input }: LabelledInputProps) {
  const id = useId();
  return (
    <div className="field">
      <label htmlFor={id}>{label}</label>
      <input id={id} autoComplete="off" spellCheck={false} {...input} />
    </div>
  );
}
