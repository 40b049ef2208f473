/* Literals of generated code that C99 cannot write as numbers. */
#ifndef EMK_LITERALS_H
#define EMK_LITERALS_H

#define EMK_INFINITY_F32 (__builtin_inff())
#define EMK_NAN_F32 (__builtin_nanf(""))

#endif /* EMK_LITERALS_H */
