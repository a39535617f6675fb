/** The forms a report can take. */
export const REPORT_FORMS = ['text', 'html', 'markdown', 'junit'] as const;

/** The forms in which two results can stand side by side. */
export const DIFFERENCE_FORMS = ['text', 'markdown'] as const;
