# Completion of embark for bash. Load it with:  source <(embark completion bash)
# Asks the program for its subcommands, options and boards; needs no helper of bash-completion.

# The words that start with --  or - in a subcommand's help.
_embark_options() {
    "$1" ${2:+"$2"} --help 2>/dev/null | grep -oE '(^|[ ,])--?[a-zA-Z][a-zA-Z0-9-]*' | tr -d ' ,' |
        sort -u
}

_embark() {
    local program=${COMP_WORDS[0]} current=${COMP_WORDS[COMP_CWORD]}
    local previous=${COMP_WORDS[COMP_CWORD-1]} command="" words="" i
    COMPREPLY=()
    for ((i = 1; i < COMP_CWORD; ++i)); do
        if [[ ${COMP_WORDS[i]} != -* ]]; then
            command=${COMP_WORDS[i]}
            break
        fi
    done
    # bash takes ':' for a word break, so that "virtual:b" comes as three words.
    if [[ $current == : || $previous == : ]]; then
        local scheme=$previous
        [[ $current == : ]] && current="" || scheme=${COMP_WORDS[COMP_CWORD-2]}
        if [[ $scheme == virtual ]]; then
            words=$("$program" boards --names 2>/dev/null)
            mapfile -t COMPREPLY < <(compgen -W "$words" -- "$current")
        elif [[ $scheme == serial ]]; then
            compopt -o filenames 2>/dev/null
            mapfile -t COMPREPLY < <(compgen -f -- "${current:-/dev/tty}")
        fi
        return
    fi
    case $previous in
        --board) words=$("$program" boards --names 2>/dev/null) ;;
        --target) words="host virtual: serial:" ;;
        --objective) words="time ram flash balanced" ;;
        --package) words="cmake arduino platformio zephyr esp-idf cmsis-pack stm32cubeide" ;;
        --format) words="keras tflite onnx ir" ;;
        *)
            if [[ -z $command ]]; then
                words="$("$program" --list-commands 2>/dev/null) $(_embark_options "$program")"
            elif [[ $current == -* ]]; then
                words=$(_embark_options "$program" "$command")
            elif [[ $command == boards && $previous == boards ]]; then
                words="list show"
            elif [[ $command == boards && $previous == show ]]; then
                words=$("$program" boards --names 2>/dev/null)
            elif [[ $command == completion ]]; then
                words="bash zsh"
            fi
            ;;
    esac
    if [[ -n $words ]]; then
        mapfile -t COMPREPLY < <(compgen -W "$words" -- "$current")
        [[ ${COMPREPLY[0]-} == *: ]] && compopt -o nospace 2>/dev/null
    else
        compopt -o filenames 2>/dev/null
        mapfile -t COMPREPLY < <(compgen -f -- "$current")
    fi
}

complete -F _embark embark
