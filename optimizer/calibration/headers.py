"""Names that the columns and the values of logs have, in English and Chinese."""

import re


def _words(text: str) -> tuple[str, ...]:
    return tuple(text.split())


COLUMNS = {
    "arrival": _words(
        "arrival arrived arrivaltime arrive taken takentime tickettime ticketat tickettaken takenat issued "
        "issuetime issuedat created createdat timestamp checkin qstart queuestart joined vruexit 取号时间 "
        "取票时间 拿号时间 取号 到达时间 到店时间 排队时间 打印时间 出票时间 发号时间"
    ),
    "date": _words("date day businessdate workdate 日期 营业日期 业务日期 取号日期 交易日期"),
    "called": _words("called calltime calledat callingtime firstcall 叫号时间 呼叫时间 叫号 首次叫号时间 呼号时间"),
    "started": _words(
        "started start startedat starttime servicestart serstart begin begintime servicebegin startservice "
        "开始时间 办理开始时间 开始办理时间 服务开始时间 受理时间 业务开始时间 开始服务时间 接待时间"
    ),
    "ended": _words(
        "ended end endedat endtime serviceend serexit finish finished finishtime completed completedat "
        "endservice 结束时间 办理结束时间 结束办理时间 服务结束时间 完成时间 业务结束时间 办结时间 "
        "结束服务时间"
    ),
    "left_at": _words("leftat left abandonedat abandontime leavetime qexit 离开时间 放弃时间 弃号时间"),
    "wait": _words(
        "wait waiting waittime waitingtime waitmin waitminutes waitsec waitseconds waitingminutes "
        "waitingseconds 等待时间 等待时长 等候时间 等候时长 等待分钟 等待秒数"
    ),
    "service": _words(
        "service servicetime servicemin serviceminutes servicesec serviceseconds duration handlingtime "
        "办理时长 服务时长 服务时间 业务时长 办理用时 办理时间 服务秒数"
    ),
    "outcome": _words("outcome status result state 状态 结果 办理状态 处理状态 票状态 业务状态"),
    "number": _words(
        "number ticket ticketno ticketnumber ticketid queueno queuenumber no callid id 票号 号码 排队号 "
        "排队号码 取号号码 号票 流水号 序号"
    ),
    "channel": _words("channel queue queuename skill 渠道 队列 队列名称 排队队列"),
    "transaction": _words(
        "transaction transactiontype business businesstype servicetype type kind category product 业务类型 "
        "业务 业务名称 交易类型 业务种类 业务类别 办理业务 交易名称"
    ),
    "tier": _words(
        "tier level customerlevel customertype customerclass priority vip segment grade 客户等级 客户级别 "
        "客户类型 等级 级别 优先级 客户类别"
    ),
    "window": _words("window windowno counter counterno desk 窗口 窗口号 柜台 柜台号 窗口编号 办理窗口"),
    "teller": _words(
        "teller tellerid agent agentid server clerk staff employee operator user 柜员 柜员号 员工 工号 员工号 "
        "经办人 操作员 柜员编号"
    ),
    "amount": _words("amount sum value money 金额 交易金额 发生额 业务金额"),
    "diverted": _words("diverted selfservice 分流 是否分流 已分流"),
}
"""By what they hold; compared without case, spaces and signs. The order is that of preference."""

OUTCOMES = {
    "served": _words(
        "served done complete completed finished closed ok success agent answered normal 办理 已办理 完成 "
        "已完成 办结 已办结 正常 成功 已服务 服务完成 结束 已评价"
    ),
    "abandoned": _words("abandoned abandon left hang hungup quit renege reneged 放弃 已放弃 离开 流失"),
    "no_show": _words("noshow absent missed skipped noanswer 弃号 过号 已过号 未到 空号 废号 未应答"),
    "left_out": _words("phantom test void cancelled canceled deleted 测试 作废 取消 已取消 撤销"),
}
"""Values of the outcome by what they mean."""

DATES = ("iso", "%Y%m%d", "%d.%m.%Y", "%d/%m/%Y", "%m/%d/%Y", "%d-%m-%Y", "%Y.%m.%d", "%Y年%m月%d日", "%y%m%d",
         "%d/%m/%y", "%m/%d/%y", "%d.%m.%y")  # fmt: skip
TIMES = (
    "iso",
    "%I:%M:%S %p",
    "%I:%M %p",
    "%H.%M",
    "%H%M%S",
    "%H%M",
    "%H时%M分%S秒",
    "%H时%M分",
    "%H：%M：%S",
    "%H：%M",
)
MOMENTS = ("iso", *(
    f"{day} {clock}"
    for day in DATES[1:]
    for clock in ("%H:%M:%S", "%H:%M", "%H:%M:%S.%f", "%I:%M:%S %p", "%I:%M %p")
), "%Y%m%d%H%M%S", "%Y%m%d%H%M", "%Y-%m-%d %I:%M:%S %p")  # fmt: skip
"""Formats that are tried, the likelier before."""


def plain(name: str) -> str:
    """A name without case, spaces and signs.

    >>> plain("Ticket No.")
    'ticketno'
    """
    return re.sub(r"[\W_]", "", name.casefold())


def kind_of(name: str) -> tuple[str, int] | None:
    """What a column of this name holds, and how sure that is: the lower the surer.

    >>> kind_of("Arrival time"), kind_of("办理窗口")
    (('arrival', 2), ('window', 10))
    """
    bare = plain(name)
    for kind, names in COLUMNS.items():
        if bare in names:
            return kind, names.index(bare)
    # A name inside a longer one; of those that fit the longest says most.
    inside = [
        (len(known), kind) for kind, names in COLUMNS.items() for known in names if len(known) > 3 and known in bare
    ]
    inside += [
        (len(known), kind) for kind, names in COLUMNS.items() for known in names if _chinese(known) and known in bare
    ]
    return (max(inside)[1], 100) if inside else None


def _chinese(text: str) -> bool:
    return len(text) > 1 and not text.isascii()
