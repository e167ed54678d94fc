/** The product's mark. */
export function Mark({ size }: { size: number }) {
  return (
    <svg viewBox="0 0 16 16" width={size} height={size} aria-hidden className="mark">
      <rect width="16" height="16" rx="3" fill="#1f6f6b" />
      <path d="M3.5 5.2h4M3.5 8h4M3.5 10.8h4" stroke="#fff" strokeWidth="1.4" strokeLinecap="round" opacity="0.75" />
      <path d="M9 8.2l1.6 1.8L13 6" stroke="#fff" strokeWidth="1.7" fill="none" strokeLinecap="round" strokeLinejoin="round" />
    </svg>
  );
}
