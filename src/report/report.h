#pragma once
// results.json → text, Markdown, HTML. Everything that other rooms call.

#include "report/html.h"
#include "report/markdown.h"
#include "report/schema.h"
#include "report/strings.h"
#include "report/supported_ops.h"
#include "report/text.h"
